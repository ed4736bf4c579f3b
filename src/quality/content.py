"""quality.json: the same figures as the report, for gates and machines.

Keys: source, data_end, passed (every judged gate holds), gates (src/quality/verdict.py),
and one list per measure named and made as in src/quality/figures, each entry with its fields
and, where it has one, its share (or missing, excess, empty_change); identities is null where the
source has none. Shares lie in [0, 1] and are null where there is nothing to divide by.
"""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from src.quality.figures.measures import Measures
from src.quality.verdict import Verdict

_DERIVED = ("share", "missing", "excess", "empty_change", "parameter")


def content(measures: Measures, verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """The content of quality.json."""
    found: dict[str, Any] = {
        "passed": all(verdict.outcome != "failed" for verdict in verdicts),
        "gates": [_entry(verdict) for verdict in verdicts],
    }
    for part in fields(measures):
        value = getattr(measures, part.name)
        if isinstance(value, tuple):
            value = [_entry(figure) for figure in value]
        elif part.name == "identities" and value is not None:
            value = asdict(value)
        found[part.name] = value
    return found


def _entry(figure: Any) -> dict[str, Any]:
    own = asdict(figure)
    derived = {
        name: getattr(figure, name)
        for name in _DERIVED
        if name not in own and isinstance(getattr(type(figure), name, None), property)
    }
    return own | derived
