"""One score for batch and endpoint: classes, probabilities and reasons of feature rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from src.explain.reasons import Reason, batch_reasons
from src.explain.values import Explanation, explain
from src.models.bundle import Bundle
from src.models.calibration import Floats
from src.models.prediction_sets import Members

_REASON = pa.struct(
    [
        ("feature", pa.string()),
        ("group", pa.string()),
        ("value", pa.float64()),
        ("contribution", pa.float64()),
        ("zh", pa.string()),
        ("en", pa.string()),
    ]
)


# Of this task the customer knows the answer.
ASKED = "risk_appetite"


@dataclass(frozen=True)
class TaskScores:
    """What one model says of n customers.

    probabilities: (n, k) in the order of bundle.classes; predicted: (n,) index of the
    class of least expected cost, the lowest of equals; explanation: of the same rows; reasons: n
    lists, the weightiest first. members: (n, k) which classes are in each prediction set. amounts:
    (n, 3) expected customer asset size at the horizon's end and the ends of its interval, in units
    of the base currency; None where the model expects none.
    """

    bundle: Bundle
    probabilities: Floats
    predicted: npt.NDArray[np.int64]
    explanation: Explanation
    reasons: list[list[Reason]]
    members: Members
    amounts: Floats | None = None


def score_batch(
    features: pd.DataFrame, bundles: Mapping[str, Bundle], reasons: int, currency: str = ""
) -> dict[str, TaskScores]:
    """Score n feature rows with every bundle; a row's answer doesn't depend on the other rows.

    features: the columns of all the bundles' specs. reasons: how many to give with each score.
    currency: ISO code of amounts of money in the reasons' words.
    """
    return {task: _score(features, bundle, reasons, currency) for task, bundle in bundles.items()}


def _score(features: pd.DataFrame, bundle: Bundle, reasons: int, currency: str) -> TaskScores:
    explanation = explain(bundle, features)
    probabilities = bundle.calibration.probabilities(explanation.margins)
    predicted = bundle.decided(probabilities)
    words = batch_reasons(bundle, features, predicted, reasons, currency, explanation)
    amounts = bundle.assets.amounts(features) if bundle.assets else None
    members = bundle.members(probabilities)
    return TaskScores(bundle, probabilities, predicted, explanation, words, members, amounts)


def is_baseline(bundle: Bundle) -> bool:
    """Whether a baseline is served, for no model was better."""
    return bundle.predictor.kind != "lightgbm"


def scores_table(features: pd.DataFrame, scores: Mapping[str, TaskScores]) -> pa.Table:
    """One row per customer: customer_id, as_of, and for each task its class, the probability of
    each class, the reasons and the model's version: the columns `<task>`, `<task>_p_<class>`,
    `<task>_set` (the classes among which the true one is with the stated chance),
    `<task>_reasons`, `<task>_version`; of risk appetite `risk_appetite_ask`, whether the customer
    has to be asked, for the set has more than one class; where assets are expected, also
    `<task>_assets`, `<task>_assets_low`, `<task>_assets_high`.
    """
    identity = features[["customer_id", "as_of"]].reset_index(drop=True)
    columns: dict[str, Any] = {
        "customer_id": pa.array(identity["customer_id"], pa.string()),
        "as_of": pa.array(identity["as_of"], pa.timestamp("us")),
    }
    for task, scored in scores.items():
        classes = np.asarray(scored.bundle.classes, dtype=object)
        columns[task] = pa.array(classes[scored.predicted], pa.string())
        for index, name in enumerate(scored.bundle.classes):
            columns[f"{task}_p_{name}"] = pa.array(scored.probabilities[:, index])
        inside = [classes[row].tolist() for row in scored.members]
        columns[f"{task}_set"] = pa.array(inside, pa.list_(pa.string()))
        if task == ASKED:
            columns[f"{task}_ask"] = pa.array(scored.members.sum(axis=1) > 1)
        if scored.amounts is not None:
            for name, column in zip(("", "_low", "_high"), scored.amounts.T, strict=True):
                columns[f"{task}_assets{name}"] = pa.array(column)
        rows = [[_entry(reason) for reason in words] for words in scored.reasons]
        columns[f"{task}_reasons"] = pa.array(rows, pa.list_(_REASON))
        version = pa.scalar(scored.bundle.version)
        columns[f"{task}_version"] = pa.repeat(version, len(identity))
    return pa.table(columns)


def _entry(reason: Reason) -> dict[str, Any]:
    value = None if np.isnan(reason.value) else reason.value
    entry = {field.name: getattr(reason, field.name) for field in _REASON}
    return {**entry, "value": value}
