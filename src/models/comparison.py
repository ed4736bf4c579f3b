"""The challenger, which won this run, against the champion that is served.

Both are judged on the same rows, which neither has seen, by a paired bootstrap over customers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from src.core.errors import ModelError
from src.core.params import EvaluateParams
from src.features.spec import FeatureSpec
from src.models.bundle import Bundle
from src.models.calibration import Floats
from src.models.calibration_figures import calibration_by_class
from src.models.evaluate import customer_draws, interval
from src.models.metrics import Labels, deciding_figure
from src.models.splits import Mask, held_out, require_classes


@dataclass(frozen=True)
class Comparison:
    """What the two say of the same rows.

    rows, customers: compared, of the challenger's of_rows test rows. learned_from: test rows of
    customers whom the champion learned from; too_early: of other customers, but before the
    champion's own test, so that it has seen that time. gain: by how much the challenger's figure is
    better, with the interval at `confidence` of `draws` draws of customers. The calibration errors
    are without what chance adds to them.
    """

    yardstick: str
    rows: int
    customers: int
    of_rows: int
    learned_from: int
    too_early: int
    champion: float
    challenger: float
    gain: Mapping[str, float | None]
    champion_calibration_error: float
    challenger_calibration_error: float
    confidence: float
    draws: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def seen_by(bundle: Bundle, rows: pd.DataFrame) -> tuple[Mask, Mask]:
    """Which rows (arrival, as_of) are of customers whom the bundle's model learned from, and which
    of the others lie before its own test. Whoever is in neither is unseen.

    Raises ModelError if the bundle does not tell how its rows were split.
    """
    split = bundle.card.get("split", {})
    missing = [key for key in ("kind", "first_test", "seed", "test_share") if key not in split]
    if missing:
        raise ModelError(
            f"its card does not tell {', '.join(missing)} of its split, so that nobody can say "
            "which customers it has seen"
        )
    learned = ~held_out(rows["arrival"], split["test_share"], split["seed"])
    early = np.zeros(len(rows), dtype=bool)
    if split["kind"] == "out_of_time":
        early = (rows["as_of"] < pd.Timestamp(split["first_test"])).to_numpy() & ~learned
    return learned, early


def why_unlike(champion: Bundle, classes: Sequence[str], catalogue: FeatureSpec) -> str:
    """Why the champion can't answer what is asked today; empty if it can.

    classes: of the task. catalogue: the features as they are defined today; one that is no longer
    there is still computed by the champion's own definition.
    """
    if champion.classes != tuple(classes):
        return (
            f"it tells the classes {', '.join(champion.classes)}, where the taxonomy has "
            f"{', '.join(classes)} now"
        )
    known = {feature.name: feature.definition for feature in catalogue.ordered}
    for feature in champion.spec.ordered:
        if known.get(feature.name, feature.definition) != feature.definition:
            return f"its feature {feature.name} is defined otherwise now"
    return ""


def compare(
    champion: Bundle,
    rows: pd.DataFrame,
    challenger: Floats,
    params: EvaluateParams,
    seed: int,
    min_rows: int,
) -> Comparison:
    """The champion and the challenger on the rows of `rows` that neither has seen.

    rows: the challenger's n test rows: customer_id, as_of, arrival, label and the columns of the
    champion's spec. challenger: (n, k) its probabilities. Raises ModelError, with a text that
    continues "it can't be compared: ", where fewer than min_rows are left or a class lacks.
    """
    learned, early = seen_by(champion, rows)
    unseen = ~learned & ~early
    kept, count = rows[unseen], int(unseen.sum())
    if count < min_rows:
        raise ModelError(
            f"of the challenger's {len(rows)} test rows it has not seen {count}, of "
            f"{int(learned.sum())} it has learned from the customers and {int(early.sum())} lie "
            f"before its own test; promote.min_rows asks for {min_rows}"
        )
    labels: Labels = kept["label"].to_numpy(dtype=np.int64)
    two = len(champion.classes) == 2
    require_classes(labels, champion.classes, "rows that neither has seen", all_of_them=two)
    old, new = champion.probabilities(kept), challenger[unseen]

    def error_of(said: Floats) -> float:
        found = calibration_by_class(
            kept["customer_id"], champion.classes, labels, said, params, seed
        )
        return float(max(one["debiased"] for one in found))

    figure = deciding_figure(len(champion.classes))
    sign = 1.0 if figure.higher_is_better else -1.0
    drawn = [
        figure.resample(labels, new, weights) - figure.resample(labels, old, weights)
        for weights in customer_draws(kept["customer_id"], params.bootstrap, seed)
    ]
    points = figure.point(labels, old), figure.point(labels, new)
    gain = interval(sign * (points[1] - points[0]), sign * np.concatenate(drawn), params.confidence)
    return Comparison(
        yardstick=figure.name,
        rows=count,
        customers=int(kept["customer_id"].nunique()),
        of_rows=len(rows),
        learned_from=int(learned.sum()),
        too_early=int(early.sum()),
        champion=points[0],
        challenger=points[1],
        gain=gain,
        champion_calibration_error=error_of(old),
        challenger_calibration_error=error_of(new),
        confidence=params.confidence,
        draws=params.bootstrap,
    )
