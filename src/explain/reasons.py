"""The principal reasons of a score, in words, with the customer's own values.

A reason names a feature that the model used (its contribution isn't zero) and that policy allows
to be named (not sensitive), by its own contribution towards the predicted class. No two of them
come from one business group while another group has a word to say, so that they differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from src.core.taxonomy import Wording
from src.explain.values import Explanation, explain
from src.explain.wording import format_value
from src.features.feature import Feature
from src.features.spec import FeatureSpec
from src.models.bundle import Bundle
from src.models.calibration import Floats

Direction = Literal["raises", "lowers"]

# Parts of all contributions: below the first a factor is noise of arithmetic, not a reason; below
# the second it is too slight to displace a weightier one of a group already named.
_NEGLIGIBLE = 1e-9
_SLIGHT = 0.01
_BASE_RATE = Wording(
    zh="没有个体化原因:模型即总体基准概率,对所有客户相同。",
    en="No individual reasons: the model is the base rate, the same for every customer.",
)
_NOTHING_STANDS_OUT = Wording(
    zh="没有突出原因:该客户的各项因素均未使结果偏离平均水平。",
    en="No reason stands out: nothing known of this customer moves the score from the average.",
)


@dataclass(frozen=True)
class Reason:
    """One factor of one score.

    value: the customer's own, NaN where unknown. contribution: log-odds towards the predicted
    class. share: |contribution| over the sum of |contributions| of all features, in [0, 1].
    """

    feature: str
    group: str
    value: float
    contribution: float
    share: float
    direction: Direction
    zh: str
    en: str


def top_reasons(
    bundle: Bundle,
    x_row: Sequence[float] | Floats,
    contributions: Floats,
    count: int,
    predicted: str = "",
    currency: str = "",
) -> list[Reason]:
    """At most `count` reasons for one score, the weightiest first; none if nothing contributed.

    x_row, contributions: (f,) in the order of bundle.spec, the latter from Explanation.towards.
    predicted: name of the predicted class, for the text. currency: ISO code of money values.
    """
    total = float(np.abs(contributions).sum())
    if total == 0.0:
        return []
    chosen = _different(bundle.spec, contributions / total, count)
    target = bundle.wordings.get(predicted, Wording(zh="该类别", en="this class"))
    return [
        _reason(bundle.spec.features[i], float(x_row[i]), contributions[i], total, target, currency)
        for i in chosen
    ]


def batch_reasons(
    bundle: Bundle,
    X: pd.DataFrame,
    predicted: npt.ArrayLike,
    count: int,
    currency: str = "",
    explanation: Explanation | None = None,
) -> list[list[Reason]]:
    """`top_reasons` of each of n rows, for the class index `predicted` (n,) of each."""
    classes = np.asarray(predicted, dtype=np.int64)
    towards = (explanation or explain(bundle, X)).towards(classes)
    matrix = bundle.matrix(X)
    return [
        top_reasons(bundle, row, shares, count, bundle.classes[index], currency)
        for row, shares, index in zip(matrix, towards, classes, strict=True)
    ]


def without_reasons(bundle: Bundle) -> Wording:
    """What to say where `top_reasons` is empty."""
    return _BASE_RATE if bundle.predictor.kind == "base_rate" else _NOTHING_STANDS_OUT


def _different(spec: FeatureSpec, shares: Floats, count: int) -> list[int]:
    """Indices by falling |share|: the first of each business group unless slight, then others."""
    weights = np.abs(shares)
    ranked = np.lexsort((_name_ranks(spec), -weights))
    ranked = ranked[weights[ranked] > _NEGLIGIBLE]
    heads: list[int] = []
    rest: list[int] = []
    seen: set[str] = set()
    for i in ranked.tolist():
        feature = spec.features[i]
        if feature.sensitive:
            continue
        (rest if feature.group in seen or weights[i] < _SLIGHT else heads).append(i)
        seen.add(feature.group)
        if len(heads) == count:
            break
    chosen = set((heads + rest)[:count])
    return [i for i in ranked.tolist() if i in chosen]


@lru_cache(maxsize=16)
def _name_ranks(spec: FeatureSpec) -> npt.NDArray[np.int64]:
    """(f,) place of each feature's name in the alphabet: what decides between equal shares."""
    ranks: npt.NDArray[np.int64] = np.argsort(np.argsort(np.asarray(spec.names)))
    return ranks


def _reason(
    feature: Feature,
    value: float,
    contribution: float,
    total: float,
    target: Wording,
    currency: str,
) -> Reason:
    text = format_value(value, feature.unit, currency)
    raises = contribution > 0
    share = abs(float(contribution)) / total
    percent = f"{100 * share:.0f}%" if share >= 0.01 else "<1%"
    return Reason(
        feature=feature.name,
        group=feature.group,
        value=value,
        contribution=float(contribution),
        share=share,
        direction="raises" if raises else "lowers",
        zh=f"{feature.wording.zh}:{text.zh},{'提高' if raises else '降低'}“{target.zh}”的可能性"
        f"(占全部影响的 {percent})",
        en=f"{feature.wording.en}: {text.en}; this {'raises' if raises else 'lowers'} the "
        f"probability of “{target.en}” ({percent} of all influences)",
    )
