"""Fixtures: the customers and models that the tests of explanations and reports share."""

import pytest

from tests.support.models.known_causes import base_rate, boosted, customers, logistic, rule


@pytest.fixture(scope="session", name="X")
def some_customers():
    return customers()


@pytest.fixture(scope="session")
def churn(X):
    return boosted(X, "churn")


@pytest.fixture(scope="session")
def risk(X):
    return boosted(X, "risk_appetite")


@pytest.fixture(params=["lightgbm", "logistic", "rule", "base_rate"])
def kind(request):
    return request.param


@pytest.fixture(params=["churn", "risk_appetite"])
def task(request):
    return request.param


@pytest.fixture
def model(kind, task, churn, risk):
    """A bundle of each kind of predictor for a task of two and of three classes."""
    if kind == "lightgbm":
        return churn if task == "churn" else risk
    return {"logistic": logistic, "rule": rule, "base_rate": base_rate}[kind](task)
