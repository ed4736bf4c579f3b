"""Of which raw columns the ledger's columns are made, by a mapping's `from` and its expressions."""

from collections.abc import Iterable, Iterator
from typing import Any

from src.privacy.declared import Source
from src.privacy.expressions import EVERY, Parts, mentions

MAIN = "_main"  # as staging names the entry's own file
RawPlace = tuple[str, str]


def targets(source: Source) -> Iterator[tuple[Any, str, Any]]:
    """Entry, ledger column and target of all that is mapped from files."""
    for entries in source.tables.values():
        for entry in entries:
            if entry.file is not None:
                for name, target in entry.columns.items():
                    yield entry, name, target


def made_of(source: Source, entry: Any, target: Any) -> set[RawPlace]:
    """(file, column) of every raw column whose value a target of a table's entry may pass on."""
    if target.from_ is not None:
        other, _, name = str(target.from_).rpartition(".")
        file = other or entry.file
        return {(file, name)} & {(file, known) for known in source.files[file].columns}
    money = target.money
    parts = [target.expression, *((money.amount, money.currency) if money else ())]
    return {place for sql in filter(None, parts) for place in told_by(source, entry, sql)}


def told_by(source: Source, entry: Any, sql: str) -> set[RawPlace]:
    """(file, column) of every raw column whose value an expression of an entry may pass on."""
    return set(_places(source, entry, mentions(sql).told))


def named_by(source: Source, entry: Any, sql: str) -> set[RawPlace]:
    """(file, column) of every raw column that an expression of an entry names."""
    return set(_places(source, entry, mentions(sql).named))


def _places(source: Source, entry: Any, paths: Iterable[Parts]) -> Iterator[RawPlace]:
    """A name alone is of the entry's file; behind the name of a joined file it is of that file,
    whose name alone stands for all of its columns."""
    by_name = {join.file.lower(): join.file for join in entry.join}
    by_name[MAIN] = entry.file
    for path in paths:
        first = path[0].lower()
        if len(path) == 1:
            yield from _columns(source, entry.file, first)
        if first in by_name:
            yield from _columns(source, by_name[first], path[1] if len(path) > 1 else EVERY)


def _columns(source: Source, file: str, name: str) -> Iterator[RawPlace]:
    for column in source.files[file].columns:
        if name == EVERY or column.lower() == name.lower():
            yield file, column
