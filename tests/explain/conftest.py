"""The customers and models that these tests share."""

from tests.support.models.explained_models import (  # noqa: F401
    churn,
    kind,
    model,
    risk,
    some_customers,
    task,
)
