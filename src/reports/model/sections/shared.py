"""What several sections of a model report share."""

from collections.abc import Iterator, Mapping
from typing import Any

from src.reports.document.page import Paragraph, both
from src.reports.model.facts import ReportFacts

NOT_MEASURED = Paragraph(both("Not measured in this version.", "本版本未测量。"))


def is_out_of_time(facts: ReportFacts) -> bool:
    """Whether the test rows are later than development; else only its customers are others."""
    return bool(facts.bundle.card.get("split", {}).get("kind", "out_of_time") == "out_of_time")


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


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
