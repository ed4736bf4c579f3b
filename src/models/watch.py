"""One month of one model: what drifted, how good it still seems, how good it was."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from src.core.params import EvaluateParams
from src.core.params.operation import MonitorParams
from src.models.bundle import Bundle
from src.models.calibration import Floats
from src.models.calibration_figures import calibration_by_class
from src.models.comparison import seen_by
from src.models.drift import Drift, drift_of, shift
from src.models.estimate import estimated_figures
from src.models.gates import Gate
from src.models.metrics import PRIMARY, Labels, figures_of
from src.models.population import Population, population_of
from src.models.reference import Reference, expected_place

_SEED = 0


@dataclass(frozen=True)
class Matured:
    """What came of the month's rows that the model has not seen; rows = 0 where no label is there
    yet, or one of two classes lacks. outcomes: rows by class.
    calibration: of the worst class, see calibration_by_class."""

    rows: int
    outcomes: Mapping[str, int]
    figures: Mapping[str, float | None]
    outcome_psi: float
    outcome_excess: float
    calibration: Mapping[str, Any]


@dataclass(frozen=True)
class Watch:
    """All that is known of a month, and the gates it is judged by. reference: the figures on the
    test; expected, outcomes: of the training window."""

    task: str
    version: str
    month: str
    window: tuple[str, str]
    population: Population
    features: Mapping[str, Drift]
    scores: Drift
    estimated: Mapping[str, Mapping[str, float | None]]
    reference: Mapping[str, float | None]
    expected: Mapping[str, float]
    outcomes: Mapping[str, int]
    matured: Matured
    gates: tuple[Gate, ...]

    @property
    def broken(self) -> tuple[Gate, ...]:
        """The gates that do not hold."""
        return tuple(gate for gate in self.gates if not gate.held)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        gates = [{**asdict(gate), "held": gate.held} for gate in self.gates]
        return {**asdict(self), "gates": gates}


def watch(
    bundle: Bundle,
    reference: Reference,
    rows: pd.DataFrame,
    before: pd.Series | None,
    labels: pd.DataFrame,
    params: MonitorParams,
    evaluate: EvaluateParams,
) -> Watch:
    """Judge one month of a model.

    rows: all customers at the month: customer_id, as_of, the bundle's columns and the catalogue's.
    before: the customers of the snapshot before, None at the first. labels: customer_id, arrival
    and label of the month, empty while none has matured.
    """
    matrix = bundle.matrix(rows)
    probabilities = bundle.probabilities(rows)
    features = {
        name: drift_of(histogram, histogram.count(matrix[:, bundle.spec.names.index(name)]))
        for name, histogram in reference.features.items()
    }
    scores = drift_of(reference.scores, reference.scores.count(expected_place(probabilities)))
    usual = reference.rows / reference.snapshots
    population = population_of(rows, before, usual, reference.population)
    estimated = estimated_figures(rows["customer_id"], probabilities, evaluate, _SEED)
    matured = _matured(bundle, reference, rows, probabilities, labels, evaluate)
    return Watch(
        task=bundle.task,
        version=bundle.version,
        month=rows["as_of"].iloc[0].date().isoformat(),
        window=(reference.first[:10], reference.last[:10]),
        population=population,
        features=features,
        scores=scores,
        estimated=estimated,
        reference=reference.figures,
        expected=reference.expected,
        outcomes=reference.outcomes,
        matured=matured,
        gates=tuple(_gates(population, features, scores, estimated, reference, matured, params)),
    )


def _matured(
    bundle: Bundle,
    reference: Reference,
    rows: pd.DataFrame,
    probabilities: Floats,
    labels: pd.DataFrame,
    evaluate: EvaluateParams,
) -> Matured:
    place = pd.Series(np.arange(len(rows)), index=rows["customer_id"])
    told = labels[labels["customer_id"].isin(place.index)].assign(as_of=rows["as_of"].iloc[0])
    if bundle.card["split"]["last_development"] >= rows["as_of"].iloc[0].isoformat():
        learned, _ = seen_by(bundle, told)
        told = told[~learned]
    outcome: Labels = told["label"].to_numpy(dtype=np.int64)
    k = len(bundle.classes)
    counts = np.bincount(outcome, minlength=k)
    if len(outcome) == 0 or (counts > 0).sum() < 2:
        return Matured(0, {}, {}, 0.0, 0.0, {})
    said = probabilities[place[told["customer_id"]].to_numpy()]
    points = {figure.name: float(figure.point(outcome, said)) for figure in figures_of(k)}
    by_class = calibration_by_class(
        told["customer_id"], bundle.classes, outcome, said, evaluate, _SEED
    )
    psi, excess = shift([reference.outcomes[name] for name in bundle.classes], counts.tolist())
    return Matured(
        rows=len(outcome),
        outcomes=dict(zip(bundle.classes, counts.tolist(), strict=True)),
        figures=points,
        outcome_psi=psi,
        outcome_excess=excess,
        calibration=max(by_class, key=lambda one: one["debiased"]),
    )


def _gates(
    population: Population,
    features: Mapping[str, Drift],
    scores: Drift,
    estimated: Mapping[str, Mapping[str, float | None]],
    reference: Reference,
    matured: Matured,
    params: MonitorParams,
) -> list[Gate]:
    judged = [drift.excess for name, drift in features.items() if name not in params.ignored]
    drifted = sum(excess > params.max_feature_psi for excess in judged) / max(len(judged), 1)
    gates = [
        Gate("population_change", abs(population.change), params.max_population_change),
        Gate("population_psi", population.shift(params.ignored), params.max_population_psi),
        Gate("drifted_features", drifted, params.max_drifted_features),
        Gate("score_psi", scores.excess, params.max_score_psi),
        Gate("score_ks", scores.ks, params.max_score_ks),
    ]
    # like with like: what the probabilities promised then, and what they promise now
    then, low = reference.expected[PRIMARY], estimated[PRIMARY]["low"]
    if then and low is not None:
        gates.append(Gate("expected_loss_rise", low / then - 1.0, params.max_expected_loss_rise))
    if matured.rows >= params.min_matured_rows:
        gates.append(Gate("outcome_psi", matured.outcome_excess, params.max_outcome_psi))
        error = matured.calibration["debiased"]
        gates.append(Gate("calibration_error", error, params.max_calibration_error))
    return gates
