"""Numbers and names as every report prints them."""

import math
from collections.abc import Mapping
from typing import Any

from src.core.taxonomy import Wording
from src.explain.wording import plain


def figure(value: float | None, decimals: int = 3) -> str:
    """A figure with fixed decimals; a dash where it isn't defined."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.{decimals}f}"


def interval(found: Mapping[str, Any], decimals: int = 3) -> str:
    """A point with its interval, such as "0.812 [0.790, 0.833]"."""
    text = figure(found["value"], decimals)
    if found.get("low") is None:
        return text
    # no break inside the brackets
    return f"{text} [{figure(found['low'], decimals)},\u00a0{figure(found['high'], decimals)}]"


def tiny(value: float) -> str:
    """A very small number in powers of ten, and 0 as 0."""
    return "0" if value == 0 else f"{value:.1e}"


def percent(share: float, decimals: int = 1) -> str:
    """A share in [0, 1] as percent."""
    return f"{100 * share:.{decimals}f}%" if math.isfinite(share) else "–"


def whole(number: float) -> str:
    """A count with thousands separators."""
    return plain(float(number), 0)


def day(text: Any) -> str:
    """The date of an ISO instant."""
    return str(text)[:10]


def named(wording: Wording, name: str) -> Wording:
    """A wording followed by the identifier that files and logs use."""
    return Wording(zh=wording.zh, en=f"{wording.en} ({name})")
