"""Numbers and names as all sections print them."""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from src.core.taxonomy import Wording
from src.explain.document import Paragraph, both
from src.explain.wording import plain

if TYPE_CHECKING:  # the numbers are printed where no model is known, too
    from src.explain.facts import ReportFacts

NOT_MEASURED = Paragraph(both("Not measured in this version.", "本版本未测量。"))


def is_out_of_time(facts: "ReportFacts") -> bool:
    """Whether the test rows are later than development; else only its customers are others."""
    return bool(facts.bundle.card.get("split", {}).get("kind", "out_of_time") == "out_of_time")


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


def flat(content: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested settings as pairs of a dotted key and a text."""
    for key in sorted(content):
        value, name = content[key], f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from flat(value, f"{name}.")
        elif isinstance(value, list | tuple):
            yield name, ", ".join(map(_text, value)) or "none"
        else:
            yield name, _text(value)


def named(wording: Wording, name: str) -> Wording:
    """A wording followed by the identifier that files and logs use."""
    return Wording(zh=wording.zh, en=f"{wording.en} ({name})")


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
