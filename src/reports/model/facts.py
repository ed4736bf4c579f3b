"""What a model report is made from, and what follows from it by measurement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from src.explain.constraints import ObservedDirection, observed_directions
from src.explain.drivers import (
    FeatureDriver,
    GroupDriver,
    feature_drivers,
    group_drivers,
    stability,
)
from src.explain.second_opinion import second_opinion
from src.explain.values import Explanation, explain
from src.features.spec import FeatureSpec
from src.models.boosted import LightGBM
from src.models.bundle import Bundle
from src.models.calibration import Floats
from src.reports.texts import Texts

# Rows on which shap's slower algorithm gives its second opinion.
_SECOND_OPINION_ROWS = 100


@dataclass(frozen=True)
class ReportFacts:
    """All that a model report states; nothing in it is read from anywhere else.

    candidates: by name, as trained. metrics: of src.models.evaluate.evaluate. test: customer_id,
    as_of, label of the n test rows; probabilities: (n, k) per candidate. features: rows with
    customer_id, as_of and the spec's columns, the test rows among them. catalogue: all features,
    also those that no model uses. trials: of the search, may be empty. integration:
    integration.json; labels: the task's entry of labels.json; params: params.yaml as plain values.
    served: name of the candidate that the report is about, by default the metrics' winner. audit:
    audit.json, empty where there was none. amounts: of the test rows (src/models/amounts.py).
    rows: how many test rows to sample for the drivers.
    """

    task: str
    candidates: Mapping[str, Bundle]
    metrics: Mapping[str, Any]
    test: pd.DataFrame
    probabilities: Mapping[str, Floats]
    features: pd.DataFrame
    catalogue: FeatureSpec
    integration: Mapping[str, Any]
    labels: Mapping[str, Any]
    params: Mapping[str, Any]
    texts: Texts
    rows: int
    seed: int
    trials: pd.DataFrame = field(default_factory=pd.DataFrame)
    extracts: Sequence[Mapping[str, Any]] = ()
    served: str = ""
    audit: Mapping[str, Any] = field(default_factory=dict)
    amounts: pd.DataFrame | None = None

    @property
    def winner(self) -> str:
        """Name of the candidate that this report is about."""
        return self.served or str(self.metrics["winner"])

    @property
    def bundle(self) -> Bundle:
        """The candidate that this report is about."""
        return self.candidates[self.winner]

    @property
    def currency(self) -> str:
        """ISO code of the base currency, empty where the source doesn't say."""
        return str(self.integration.get("base_currency", ""))


@dataclass(frozen=True)
class Findings:
    """What the model does on s sampled test rows.

    X: (s, f) with customer_id and as_of. second_opinion: largest |difference| between LightGBM's
    and shap's values and the rows compared, None for other kinds of model.
    """

    X: pd.DataFrame
    explanation: Explanation
    probabilities: Floats
    drivers: Sequence[FeatureDriver]
    groups: Sequence[GroupDriver]
    directions: Sequence[ObservedDirection]
    stability: Mapping[str, float]
    second_opinion: tuple[float, int] | None


def find(facts: ReportFacts) -> Findings:
    """Explain the model on a seeded sample of the test rows.

    Raises ModelError if its contributions don't add up to its margins.
    """
    bundle = facts.bundle
    X = _sample(facts)
    explanation = explain(bundle, X)
    return Findings(
        X=X,
        explanation=explanation,
        probabilities=bundle.probabilities(X),
        drivers=feature_drivers(explanation, X, bundle.spec, facts.task),
        groups=group_drivers(explanation, bundle.spec),
        directions=observed_directions(bundle, X),
        stability=stability(explanation, X["as_of"]),
        second_opinion=_second_opinion(bundle, X, explanation),
    )


def _sample(facts: ReportFacts) -> pd.DataFrame:
    """At most `rows` of the test rows with their features, in the test's order."""
    rng = np.random.default_rng(facts.seed)
    n = len(facts.test)
    chosen = np.sort(rng.choice(n, size=min(facts.rows, n), replace=False))
    keys = facts.test.iloc[chosen][["customer_id", "as_of"]]
    return keys.merge(facts.features, on=["customer_id", "as_of"], how="left", validate="1:1")


def _second_opinion(
    bundle: Bundle, X: pd.DataFrame, explanation: Explanation
) -> tuple[float, int] | None:
    if not isinstance(bundle.predictor, LightGBM):
        return None
    rows = min(len(X), _SECOND_OPINION_ROWS)
    other = second_opinion(bundle.predictor, bundle.matrix(X.iloc[:rows]))
    return float(np.abs(other - explanation.values[:rows]).max()), rows  # noqa: PD011
