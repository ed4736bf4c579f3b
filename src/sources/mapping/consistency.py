"""What the sections of a mapping owe each other: names that exist, columns that are complete."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from src.core.errors import nearest
from src.core.schemas import LEDGER, TASKS
from src.sources.mapping.allowed_sql import require_allowed
from src.sources.mapping.entries import Entry, Identity
from src.sources.mapping.hindsight import require_no_hindsight
from src.sources.mapping.private_columns import require_marked, require_private
from src.sources.mapping.raw_files import RESERVED, STAR, RawColumn

if TYPE_CHECKING:
    from src.sources.mapping.mapping import SourceMapping

NEEDED_TABLES = {
    "risk_appetite": ("questionnaires",),  # a delivered class may be one that the bank inferred
    "value_tier": ("transactions", "balances", "labels"),
    "churn": ("transactions", "labels"),
}
# Columns of the ledger that integration fills by itself.
_FILLED = ("source", "known_until", "imputed")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def require_consistent(mapping: "SourceMapping") -> None:
    """Raise ValueError, with the remedy, for sections that contradict each other."""
    for check in (
        _tasks,
        _needed,
        _paths,
        _columns,
        _references,
        _sql,
        require_no_hindsight,
        _control,
        _identities,
        require_marked,
        require_private,
    ):
        check(mapping)


def _tasks(mapping: "SourceMapping") -> None:
    for task in TASKS:
        if (task in mapping.supports) == (task in mapping.unsupported):
            raise ValueError(
                f"task {task!r} should stand in exactly one of 'supports' and 'unsupported'"
            )


def _needed(mapping: "SourceMapping") -> None:
    if "customers" not in mapping.tables:
        raise ValueError("table 'customers' is missing under 'tables'; every source needs it")
    for task in mapping.supports:
        if not any(mapping.tables.get(table) for table in NEEDED_TABLES[task]):
            raise ValueError(
                f"task {task!r} needs one of the tables {', '.join(NEEDED_TABLES[task])}; map one "
                "or list the task under 'unsupported' with the reason"
            )


def _paths(mapping: "SourceMapping") -> None:
    files = list(mapping.files.items())
    for number, (name, file) in enumerate(files):
        for other, earlier in files[:number]:
            if _may_be_one(file.path, earlier.path):
                raise ValueError(
                    f"files.{name} and files.{other} read the same path {file.path!r}; expected "
                    "each file once. Several entries of 'tables' may name one file"
                )


def _may_be_one(path: str, other: str) -> bool:
    """Whether one file can be meant by both; of two starred paths only equal ones are caught."""
    if STAR in path and STAR in other:
        return path == other
    return fnmatchcase(path, other) or fnmatchcase(other, path)


def _entries(mapping: "SourceMapping") -> Iterator[tuple[str, str, Entry]]:
    for table, entries in mapping.tables.items():
        for number, entry in enumerate(entries):
            yield table, f"tables.{table}[{number}]", entry


def _columns(mapping: "SourceMapping") -> None:
    for table in mapping.tables:
        if table not in LEDGER:
            raise ValueError(f"{table!r} is no ledger table. {nearest(table, LEDGER)}")
    for table, where, entry in _entries(mapping):
        known = {column.name: column for column in LEDGER[table].columns}
        _known_and_complete(where, entry.columns, known)
        for row in entry.rows:
            _known_and_complete(where, row, known)
        for name in entry.aside:
            if name in known or not _PLAIN_NAME.fullmatch(name) or name.startswith("_"):
                raise ValueError(
                    f"{where}: 'aside' names {name!r}; expected a plain name that is no ledger "
                    "column and starts with a letter"
                )


def _known_and_complete(where: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    if not given:
        return
    for column in given:
        if column not in known:
            raise ValueError(f"{where}: {column!r} is no ledger column. {nearest(column, known)}")
        if column in ("known_until", "imputed"):
            raise ValueError(f"{where}: {column!r} is filled by integration; leave it out")
    for column in known.values():
        if column.required and column.name not in _FILLED and column.name not in given:
            raise ValueError(f"{where}: the required ledger column {column.name!r} is not mapped")


def _references(mapping: "SourceMapping") -> None:
    """Files and raw columns that entries name by themselves, not inside SQL."""
    for _, where, entry in _entries(mapping):
        if entry.file is None:
            continue
        _file(mapping, where, entry.file)
        for join in entry.join:
            _file(mapping, where, join.file)
            for key in join.by:
                _column(mapping, f"{where}.join", join.file, key)
        for name in (*entry.distinct, *(entry.keep_last.per if entry.keep_last else ())):
            if name not in RESERVED:
                _column(mapping, where, entry.file, name)
        for column, target in entry.columns.items():
            if target.from_ is not None and target.from_ not in RESERVED:
                _origin(mapping, f"{where}.columns.{column}", entry, target.from_)


def _sql(mapping: "SourceMapping") -> None:
    """All SQL of entries and identities; rules hold their own to it."""
    told: list[tuple[str, Entry | Identity]] = [(w, entry) for _, w, entry in _entries(mapping)]
    told += [(f"identities[{number}]", each) for number, each in enumerate(mapping.identities)]
    for where, each in told:
        for place, sql in each.sql:
            try:
                require_allowed(sql)
            except ValueError as error:
                raise ValueError(f"{where}.{place}: {error}") from error


def _file(mapping: "SourceMapping", where: str, name: str) -> None:
    if name not in mapping.files:
        raise ValueError(
            f"{where}: {name!r} does not stand under 'files'. {nearest(name, mapping.files)}"
        )


def _column(mapping: "SourceMapping", where: str, file: str, name: str) -> RawColumn:
    columns = mapping.files[file].columns
    if name not in columns:
        raise ValueError(
            f"{where}: {name!r} is no column of files.{file}. {nearest(name, columns)}"
        )
    return columns[name]


def _origin(mapping: "SourceMapping", where: str, entry: Entry, name: str) -> RawColumn:
    """The raw column that `from` names: of the entry's file, or as file.column of a joined one."""
    file, _, column = name.rpartition(".")
    if file and file not in {join.file for join in entry.join}:
        raise ValueError(
            f"{where}: {name!r} reads the file {file!r}, which is not joined. Add it under 'join', "
            "or give an 'expression'"
        )
    return _column(mapping, where, file or str(entry.file), column)


def _control(mapping: "SourceMapping") -> None:
    control = mapping.control
    if control is None:
        return
    _file(mapping, "control", control.file)
    _column(mapping, "control.path", control.file, control.path)
    if _column(mapping, "control.rows", control.file, control.rows).type != "integer":
        raise ValueError(
            f"control.rows: column {control.rows!r} of files.{control.file} should have the type "
            "integer"
        )


def _identities(mapping: "SourceMapping") -> None:
    described = {identity.system for identity in mapping.identities if identity.kind is not None}
    for number, identity in enumerate(mapping.identities):
        where = f"identities[{number}]"
        _file(mapping, where, identity.file)
        if identity.system not in described:
            raise ValueError(
                f"{where}: of system {identity.system!r} only accounts are told; expected another "
                "identity of it with 'kind' and what it tells of its customers"
            )
        _column(mapping, f"{where}.id", identity.file, identity.id)
    for _, where, entry in _entries(mapping):
        for column, target in entry.columns.items():
            _customers(mapping, f"{where}.columns.{column}", column, target)


def _customers(mapping: "SourceMapping", where: str, column: str, target: Any) -> None:
    """customer_id names the system whose numbers it holds, if customers are resolved."""
    if target.system is not None and column != "customer_id":
        raise ValueError(f"{where}: only 'customer_id' takes 'system'; leave it out")
    if column != "customer_id":
        return
    if mapping.identities and target.system is None:
        raise ValueError(
            f"{where} should name the system of its customer numbers, one of "
            f"{', '.join(sorted(mapping.systems))}: {{system: …, from: …}}"
        )
    if target.system is not None and target.system not in mapping.systems:
        raise ValueError(
            f"{where}: no identities of system {target.system!r}. "
            f"{nearest(target.system, mapping.systems)}"
        )
