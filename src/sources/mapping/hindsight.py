"""A row of a delivery must not depend on deliveries that come after it: else history would not
replay. Rules of the mapping look back only (src/sources/staging/causal.py); all other SQL of a
mapping sees its own row and what is joined to it."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from src.sources.mapping.entries import Entry, Identity

if TYPE_CHECKING:
    from src.sources.mapping.mapping import SourceMapping

_WINDOW = re.compile(r"\bover\b\s*\(", re.IGNORECASE)
_QUERY = re.compile(r"\bselect\b|\(\s*from\b", re.IGNORECASE)
_TOLD = tuple(key for key in Identity.model_fields if key not in ("file", "system", "id"))


def require_no_hindsight(mapping: "SourceMapping") -> None:
    """Raise ValueError for an entry or identity over several deliveries that keeps last rows or
    looks at other rows, and for SQL that queries a file of several deliveries."""
    for where, entry in _entries(mapping):
        several = entry.file is not None and mapping.files[entry.file].deliveries
        if several and entry.keep_last:
            raise ValueError(
                f"{where}: 'keep_last' over several deliveries would know their last row before it "
                "came; leave it out: of rows with one key a later one closes the one before"
            )
        _require(mapping, where, _of_entry(entry), several=several)
    for number, identity in enumerate(mapping.identities):
        several = mapping.files[identity.file].deliveries
        _require(mapping, f"identities[{number}]", _of_identity(identity), several=several)


def _require(
    mapping: "SourceMapping", where: str, expressions: Iterator[str], *, several: bool
) -> None:
    starred = [name for name, file in mapping.files.items() if file.deliveries]
    for sql in expressions:
        if several and _WINDOW.search(sql):
            raise ValueError(
                f"{where}: {sql!r} looks at rows of later deliveries; move it to 'rules', whose "
                "windows follow known_at"
            )
        for name in starred if _QUERY.search(sql) else ():
            if re.search(rf'\b(from|join)\s+"?{re.escape(name)}\b', sql, re.IGNORECASE):
                raise ValueError(
                    f"{where}: {sql!r} reads all deliveries of files.{name}, those that come later "
                    "too; use 'join', which takes what had arrived, or 'rules'"
                )


def _entries(mapping: "SourceMapping") -> Iterator[tuple[str, Entry]]:
    for table, entries in mapping.tables.items():
        for number, entry in enumerate(entries):
            yield f"tables.{table}[{number}]", entry


def _of_entry(entry: Entry) -> Iterator[str]:
    """All SQL of an entry."""
    parts = [entry.where, entry.cancels, *entry.aside.values(), *entry.reject.values()]
    for target in entry.columns.values():
        money = target.money
        parts += [target.expression]
        parts += [money.amount, money.currency, money.at] if money else []
    for join in entry.join:
        parts += [join.where, *join.by.values()]
    parts += entry.keep_last.order if entry.keep_last else ()
    return filter(None, parts)


def _of_identity(identity: Identity) -> Iterator[str]:
    return filter(None, (getattr(identity, key) for key in _TOLD))
