"""What the endpoint answers, as OpenAPI shows it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Origin = Literal["known", "inline"]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Words(_Answer):
    """One text, in the languages asked for."""

    zh: str = Field("", description="Chinese; absent if not asked for")
    en: str = Field("", description="English; absent if not asked for")


class Model(_Answer):
    """Which model answered."""

    version: str = Field(description="names the bundle's content: the same version, the same model")
    kind: Literal["model", "baseline"] = Field(
        description="baseline where no trained model was better than it"
    )
    winner: str = Field(description="lightgbm, logistic, rule or base_rate")


class ReasonOut(Words):
    """One factor of a score, in words, with the customer's own value."""

    feature: str
    group: str
    value: float | None = Field(description="the customer's own; null where unknown")
    contribution: float = Field(description="log-odds towards the class; above 0 raises it")


class Amount(_Answer):
    """An expected amount in units of the base currency, and an interval."""

    expected: float
    low: float
    high: float
    coverage: float = Field(description="share of customers whose amount the interval shall hold")


class TaskScore(_Answer):
    """The class of one customer in one task: of least expected cost by the bank's own costs."""

    class_: Annotated[str, Field(alias="class")]
    wording: Words
    probabilities: dict[str, float] = Field(description="by class, summing to 1")
    set: list[str] = Field(
        description="neighbouring classes among which the true one is with the stated coverage"
    )
    set_coverage: float | None = Field(
        None, description="of customers for whom the same is decided"
    )
    ask_customer: bool | None = Field(
        None,
        description="of risk_appetite alone: true where the set has more than one class, so that "
        "the customer has to be asked",
    )
    assets: Amount | None = Field(
        None, description="customer asset size at the horizon's end; of value_tier alone"
    )
    reasons: list[ReasonOut] = Field(description="the weightiest first")
    note: Words | None = Field(
        None, description="why there are no reasons, where some were asked for"
    )
    model: Model


class Scored(_Answer):
    """One customer of the request."""

    customer_id: str | None
    origin: Origin = Field(description="known to the pipeline, or given inline")
    as_of: datetime = Field(description="UTC; nothing at or after it was seen")
    declared_risk_level: int | None = Field(
        None,
        description="1 to 5, of the last questionnaire before as_of: it beats an inferred class",
    )
    scores: dict[str, TaskScore] = Field(description="by task")


class ScoreResponse(_Answer):
    """The scores of all customers, in the order of the request."""

    customers: list[Scored]
    unsupported: dict[str, str] = Field(description="tasks that this source can't serve, and why")


class Contribution(Words):
    """What one feature gave to each margin."""

    feature: str
    group: str
    unit: str
    value: float | None = Field(description="the customer's own; null where unknown")
    contributions: dict[str, float] = Field(description="log-odds, by margin")


class TaskExplanation(_Answer):
    """Why: margin = base + the sum of all contributions, to 1e-6; then calibration."""

    class_: Annotated[str, Field(alias="class")]
    wording: Words
    probabilities: dict[str, float]
    base: dict[str, float] = Field(description="by margin: what an average customer has")
    margins: dict[str, float] = Field(
        description="log-odds before calibration: of each class; where the last alone is named, of "
        "lying further up; where all but the first are, of lying in that class or above"
    )
    contributions: list[Contribution] = Field(description="of every feature, in the spec's order")
    model: Model


class Explained(_Answer):
    """One customer of the request."""

    customer_id: str | None
    origin: Origin
    as_of: datetime
    explanations: dict[str, TaskExplanation] = Field(description="by task")


class ExplainResponse(_Answer):
    """The explanations of all customers, in the order of the request."""

    customers: list[Explained]
    unsupported: dict[str, str]


class Fault(_Answer):
    """One fault of a request."""

    field: str = Field(description="its path, such as customers[0].transactions[3].kind")
    found: str
    expected: str
    hint: str = ""


class Refusal(_Answer):
    """Why a request was not answered."""

    error: Fault = Field(description="the first fault")
    errors: list[Fault] = Field(description="the first 50")
    error_count: int


class Incident(_Answer):
    """A defect of the service."""

    error: str
    incident: str = Field(description="stands beside the traceback in the server's log")
