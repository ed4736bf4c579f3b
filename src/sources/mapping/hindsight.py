"""A row of a delivery must not depend on deliveries that come after it: else history would not
replay. Rules of the mapping look back only (src/sources/staging/causal.py); all other SQL of a
mapping sees its own row and what is joined to it."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from src.sources.mapping.mapping import SourceMapping

_WINDOW = re.compile(r"\bover\b\s*\(", re.IGNORECASE)


def require_no_hindsight(mapping: "SourceMapping") -> None:
    """Raise ValueError for an entry or identity over several deliveries that keeps last rows or
    looks at other rows."""
    for table, entries in mapping.tables.items():
        for number, entry in enumerate(entries):
            if entry.file is None or not mapping.files[entry.file].deliveries:
                continue
            where = f"tables.{table}[{number}]"
            if entry.keep_last:
                raise ValueError(
                    f"{where}: 'keep_last' over several deliveries would know their last row "
                    "before it came; leave it out: of rows with one key a later one closes the one "
                    "before"
                )
            _require_own_row(where, entry.sql)
    for number, identity in enumerate(mapping.identities):
        if mapping.files[identity.file].deliveries:
            _require_own_row(f"identities[{number}]", identity.sql)


def _require_own_row(where: str, expressions: Iterable[tuple[str, str]]) -> None:
    for _, sql in expressions:
        if _WINDOW.search(sql):
            raise ValueError(
                f"{where}: {sql!r} looks at rows of later deliveries; move it to 'rules', whose "
                "windows follow known_at"
            )
