"""What prediction sets hold on test rows, over all and by segment, and how large they are."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from src.core.params import EvaluateParams
from src.models.calibration import Floats
from src.models.decision import Indices
from src.models.evaluate import customer_draws
from src.models.prediction_sets import Members, PredictionSets

_THIRDS = ("lowest third", "middle third", "highest third", "unknown")
# Fewer rows than this say nothing of a segment.
_LEAST_ROWS = 50


def judge_sets(
    sets: PredictionSets,
    members: Members,
    decided: Indices,
    rows: pd.DataFrame,
    classes: Sequence[str],
    numbers: Mapping[str, Floats],
    params: EvaluateParams,
    seed: int,
) -> dict[str, Any]:
    """Coverage with an interval over draws of whole customers, of all n rows and of each segment.

    members: (n, k); decided: (n,); rows: customer_id, as_of, label. numbers: (n,) by name, of which
    each third is a segment, beside the actual class, the decided one and the snapshot. size: mean
    number of classes in a set; several: share of the sets with more than one.
    """
    labels = rows["label"].to_numpy(dtype=np.int64)
    held = members[np.arange(len(rows)), labels].astype(np.float64)
    size = members.sum(axis=1).astype(np.float64)
    names = np.asarray(list(classes), dtype=object)
    segments: dict[str, Any] = {
        "actual": names[labels],
        "decided": names[decided],
        "as_of": rows["as_of"].dt.strftime("%Y-%m-%d").to_numpy(),
        **{name: _thirds(values) for name, values in numbers.items()},
    }
    whole = ("all", "all")  # told however few its rows are
    masks = {whole: np.ones(len(rows), dtype=bool)}
    for name, values in segments.items():
        for value in sorted(set(values)):
            masks[name, value] = values == value
    masks = {key: mask for key, mask in masks.items() if key == whole or mask.sum() >= _LEAST_ROWS}
    inside = np.column_stack([mask.astype(np.float64) for mask in masks.values()])
    drawn = np.concatenate(
        [
            (weights @ (inside * held[:, None])) / np.maximum(weights @ inside, 1.0)
            for weights in customer_draws(rows["customer_id"], params.bootstrap, seed)
        ]
    )
    ends = (50 * (1 - params.confidence), 50 * (1 + params.confidence))
    lows, highs = np.percentile(drawn, ends, axis=0)
    parts = [
        {
            "segment": name,
            "value": value,
            "rows": int(mask.sum()),
            "covered": {
                "value": float(held[mask].mean()),
                "low": float(lows[place]),
                "high": float(highs[place]),
            },
            "size": float(size[mask].mean()),
            "several": float((size[mask] > 1).mean()),
        }
        for place, ((name, value), mask) in enumerate(masks.items())
    ]
    return {"stated_coverage": sets.coverage, **parts[0], "segments": parts[1:]}


def _thirds(values: Floats) -> Any:
    known = values[~np.isnan(values)]
    borders = np.quantile(known, (1 / 3, 2 / 3)) if len(known) else np.zeros(2)
    places = np.where(np.isnan(values), 3, np.searchsorted(borders, values, side="right"))
    return np.asarray(_THIRDS, dtype=object)[places]
