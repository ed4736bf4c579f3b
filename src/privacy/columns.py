"""Which raw columns say whose row it is: customer numbers, by system, and account numbers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from src.privacy.erased import ANY_SYSTEM

_TEXTS = re.compile(r"'(?:[^']|'')*'")
_NAMES = re.compile(r'(?:(?P<file>"[^"]+"|[A-Za-z_]\w*)\.)?(?P<column>"[^"]+"|[A-Za-z_]\w*)')
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")
_OWNERS = ("customer_id", "account_id")


class Column(Protocol):
    """A column of a raw file, as a mapping declares it."""

    @property
    def type(self) -> str: ...  # noqa: D102
    @property
    def private(self) -> str | None: ...  # noqa: D102


class File(Protocol):
    """A raw file, as a mapping declares it."""

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def format(self) -> str: ...  # noqa: D102
    @property
    def delimiter(self) -> str: ...  # noqa: D102
    @property
    def quote(self) -> str: ...  # noqa: D102
    @property
    def encoding(self) -> str: ...  # noqa: D102
    @property
    def skip_rows(self) -> int: ...  # noqa: D102
    @property
    def columns(self) -> Mapping[str, Column]: ...  # noqa: D102


class Source(Protocol):
    """A mapping (src/sources/mapping/mapping.py), as far as privacy has to know it."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def files(self) -> Mapping[str, File]: ...  # noqa: D102
    @property
    def identities(self) -> Sequence[Any]: ...  # noqa: D102
    @property
    def tables(self) -> Mapping[str, Sequence[Any]]: ...  # noqa: D102


@dataclass(frozen=True)
class Owner:
    """A column that says whose row it is. systems: of records, whose customer numbers they are."""

    column: str
    kind: Literal["record", "account"]
    type: str
    systems: tuple[str, ...] = (ANY_SYSTEM,)


def owners(source: Source, file: str) -> tuple[Owner, ...]:
    """The columns of a file that say whose row it is.

    Those marked `private: record` or `private: account`, without the ones that only name the
    other side of a movement: that row belongs to somebody else.
    """
    found = []
    for name, column in source.files[file].columns.items():
        if column.private not in ("record", "account"):
            continue
        if _only_counterparty(source, file, name):
            continue
        if column.private == "account":
            found.append(Owner(name, "account", column.type))
        else:
            found.append(Owner(name, "record", column.type, _systems(source, file, name)))
    return tuple(found)


def as_named(value: object, kind: str) -> str:
    """A raw value of a column of type `kind` as the ledger names it: without blanks around it,
    whole numbers without zeros before them; "" for nothing."""
    text = "" if value is None else str(value).strip()
    return str(int(text)) if kind == "integer" and _WHOLE_NUMBER.fullmatch(text) else text


def mentioned(file: str, target: Any) -> set[tuple[str, str]]:
    """(file, column) of every raw column that a target of a table's entry is made of."""
    if target.from_ is not None:
        other, _, name = str(target.from_).rpartition(".")
        return {(other or file, name)}
    return set(named_columns(file, target.expression)) if target.expression else set()


def named_columns(file: str, expression: str) -> Iterator[tuple[str, str]]:
    """(file, name) of what an SQL expression names, its texts left out; some are no columns."""
    for found in _NAMES.finditer(_TEXTS.sub("''", expression)):
        yield (found["file"] or file).strip('"'), found["column"].strip('"')


def _systems(source: Source, file: str, column: str) -> tuple[str, ...]:
    known = {i.system for i in source.identities if (i.file, i.id) == (file, column)}
    for entry, name, target in _targets(source):
        if name == "customer_id" and target.system and (file, column) in mentioned(entry, target):
            known.add(target.system)
    return tuple(sorted(known)) or (ANY_SYSTEM,)


def _only_counterparty(source: Source, file: str, column: str) -> bool:
    roles = {
        name
        for entry, name, target in _targets(source)
        if (file, column) in mentioned(entry, target)
    }
    return "counterparty" in roles and roles.isdisjoint(_OWNERS)


def _targets(source: Source) -> Iterator[tuple[str, str, Any]]:
    for entries in source.tables.values():
        for entry in entries:
            if entry.file is not None:
                for name, target in entry.columns.items():
                    yield entry.file, name, target
