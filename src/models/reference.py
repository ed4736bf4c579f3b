"""What a model's training window looked like: the measure that later months are held to.

Counts in bins, no rows: it lies beside the bundle as JSON and names nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from src.core.errors import ModelError
from src.models.bundle import Bundle
from src.models.calibration import Floats
from src.models.comparison import seen_by
from src.models.estimate import expected_figures

_BINS = 10
_SCORE_BINS = 20


@dataclass(frozen=True)
class Histogram:
    """Counts of bins of equal mass of the window, edges[i-1] < value <= edges[i], and of the values
    that are unknown."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    unknown: int

    @classmethod
    def of(cls, values: Floats, bins: int) -> "Histogram":
        """The histogram that defines its own edges; equal values share a bin."""
        known = values[~np.isnan(values)]
        if len(known) == 0:
            return cls((), (0,), len(values))
        cuts = np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1], method="inverted_cdf")
        edges = np.unique(cuts)
        return cls(tuple(edges.tolist()), (), 0).count(values)

    def count(self, values: Floats) -> "Histogram":
        """Other values in the same bins."""
        unknown = np.isnan(values)
        places = np.searchsorted(np.asarray(self.edges), values[~unknown], side="left")
        counts = np.bincount(places, minlength=len(self.edges) + 1)
        return Histogram(self.edges, tuple(counts.tolist()), int(unknown.sum()))


@dataclass(frozen=True)
class Reference:
    """The training window of one bundle.

    first, last: its snapshots, ISO. snapshots: how many. rows: customer snapshots in it.
    population: what is known of the customers themselves. features: the model's, of all customers.
    scores: the expected place among the classes, from 0 to 1, of customers whom the model did not
    learn from. expected: the yardsticks that its probabilities of those customers promise.
    outcomes: rows by class of the labels. figures: the yardsticks on its test rows.
    """

    task: str
    version: str
    first: str
    last: str
    snapshots: int
    rows: int
    population: Mapping[str, Histogram]
    features: Mapping[str, Histogram]
    scores: Histogram
    expected: Mapping[str, float]
    outcomes: Mapping[str, int]
    figures: Mapping[str, float | None]

    def to_json(self) -> dict[str, Any]:
        """Plain values that `reference_from_json` reads."""
        return asdict(self)


def build_reference(
    bundle: Bundle,
    features: pd.DataFrame,
    labels: pd.DataFrame,
    figures: Mapping[str, float | None],
    profile: Sequence[str],
) -> Reference:
    """The reference of a bundle from all feature rows and labels of its run.

    features: customer_id, as_of, arrival, the bundle's columns and those of `profile`, which tell
    who a customer is; all snapshots. labels: as_of and label. figures: of the test rows.
    """
    last = pd.Timestamp(bundle.card["split"]["last_development"])
    window = features[features["as_of"] <= last]
    learned, _ = seen_by(bundle, window)
    matrix, said = bundle.matrix(window), bundle.probabilities(window[~learned])
    classes = len(bundle.classes)
    within = labels.loc[labels["as_of"] <= last, "label"].to_numpy(dtype=np.int64)
    counts = np.bincount(within, minlength=classes)
    return Reference(
        task=bundle.task,
        version=bundle.version,
        first=window["as_of"].min().isoformat(),
        last=last.isoformat(),
        snapshots=int(window["as_of"].nunique()),
        rows=len(window),
        population={
            name: Histogram.of(window[name].to_numpy(np.float64, na_value=np.nan), _BINS)
            for name in profile
        },
        features={
            name: Histogram.of(matrix[:, place], _BINS)
            for place, name in enumerate(bundle.spec.names)
        },
        scores=Histogram.of(expected_place(said), _SCORE_BINS),
        expected=expected_figures(said),
        outcomes=dict(zip(bundle.classes, counts.tolist(), strict=True)),
        figures=dict(figures),
    )


def reference_from_json(content: Mapping[str, Any], where: str) -> Reference:
    """What `to_json` gave. Raises ModelError if it is none."""
    try:
        held: dict[str, Any] = {
            part: {name: _histogram(entry) for name, entry in content[part].items()}
            for part in ("population", "features")
        }
        return Reference(**{**content, **held, "scores": _histogram(content["scores"])})
    except (KeyError, TypeError) as error:
        raise ModelError(
            f"{where}: {error!r}; expected the training window of a model. Run `dvc repro promote`."
        ) from error


def expected_place(probabilities: Floats) -> Floats:
    """(n,) mean class of each row on a scale from 0, the first, to 1, the last."""
    k = probabilities.shape[1]
    result: Floats = probabilities @ (np.arange(k) / (k - 1))
    return result


def _histogram(entry: Mapping[str, Any]) -> Histogram:
    return Histogram(tuple(entry["edges"]), tuple(entry["counts"]), int(entry["unknown"]))
