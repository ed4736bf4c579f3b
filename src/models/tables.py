"""Figures behind the plots, as tables: reliability, deciles, confusion, months."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from src.models.calibration import Floats
from src.models.decision import Costs, decide
from src.models.metrics import Labels, figures_of
from src.models.resampled import equal_mass_bins

_DECILES = 10
# Wilson's interval at 95%
_Z = 1.959963984540054


def reliability(
    classes: Sequence[str], labels: Labels, probabilities: Floats, bins: int | None = None
) -> pd.DataFrame:
    """Confidence against frequency per class in equal-mass bins (Niculescu-Mizil, Caruana, 2005).

    Columns class, bin, rows, confidence, frequency, low, high: Wilson's 95% interval (1927), which
    takes rows as independent. Of two classes only the second.
    """
    parts = []
    for index, name in enumerate(classes):
        if len(classes) == 2 and index == 0:
            continue
        score, outcome = probabilities[:, index], (labels == index).astype(np.float64)
        found = pd.DataFrame(
            {"bin": equal_mass_bins(score, bins), "confidence": score, "frequency": outcome}
        )
        table = found.groupby("bin").agg(
            rows=("frequency", "size"),
            confidence=("confidence", "mean"),
            frequency=("frequency", "mean"),
        )
        low, high = _wilson(table["frequency"].to_numpy(), table["rows"].to_numpy())
        parts.append(table.assign(low=low, high=high).reset_index().assign(**{"class": name}))
    columns = ["class", "bin", "rows", "confidence", "frequency", "low", "high"]
    return pd.concat(parts, ignore_index=True)[columns]


def deciles(labels: Labels, probabilities: Floats, positive: int = -1) -> pd.DataFrame:
    """Ten equal groups by falling probability of class `positive` (default the last).

    Columns decile (1 = highest scores), rows, positives, rate, lift, captured: the share of all
    positives in this and higher deciles. Rows of equal score stay in the order given.
    """
    k = probabilities.shape[1]
    outcome = labels == positive % k
    order = np.argsort(-probabilities[:, positive], kind="stable")
    decile = np.empty(len(labels), dtype=np.int64)
    decile[order] = np.arange(len(labels)) * _DECILES // len(labels) + 1
    table = (
        pd.DataFrame({"decile": decile, "positive": outcome})
        .groupby("decile")["positive"]
        .agg(rows="size", positives="sum", rate="mean")
    )
    overall = max(float(outcome.mean()), np.finfo(float).tiny)
    result: pd.DataFrame = table.assign(
        lift=table["rate"] / overall,
        captured=table["positives"].cumsum() / max(int(outcome.sum()), 1),
    ).reset_index()
    return result


def confusion(
    classes: Sequence[str], labels: Labels, probabilities: Floats, costs: Costs = ()
) -> pd.DataFrame:
    """Rows per pair of actual and decided class: columns actual, predicted, rows, share.

    share: of the rows with that actual class. DVC plots the columns actual and predicted.
    """
    k = len(classes)
    counts = np.bincount(labels * k + decide(probabilities, costs), minlength=k * k)
    totals = np.repeat(counts.reshape(k, k).sum(axis=1), k)
    return pd.DataFrame(
        {
            "actual": np.repeat(list(classes), k),
            "predicted": np.tile(list(classes), k),
            "rows": counts,
            "share": counts / np.maximum(totals, 1),
        }
    )


def by_month(
    as_of: pd.Series,
    classes: Sequence[str],
    labels: Labels,
    probabilities: Floats,
    costs: Costs = (),
) -> pd.DataFrame:
    """The yardsticks at each snapshot: as_of, rows, then one column per yardstick.

    NaN where a snapshot has rows of one class only.
    """
    rows = []
    for instant in sorted(as_of.unique()):
        here = (as_of == instant).to_numpy()
        row: dict[str, object] = {"as_of": instant, "rows": int(here.sum())}
        mixed = len(np.unique(labels[here])) > 1
        for figure in figures_of(len(classes), costs):
            row[figure.name] = figure.point(labels[here], probabilities[here]) if mixed else np.nan
        rows.append(row)
    return pd.DataFrame(rows)


def _wilson(
    share: npt.NDArray[np.float64], rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    widened = 1 + _Z**2 / rows
    centre = (share + _Z**2 / (2 * rows)) / widened
    half = _Z * np.sqrt(share * (1 - share) / rows + _Z**2 / (4 * rows**2)) / widened
    return centre - half, centre + half
