"""The numbers under which a customer stands in the raw files: what an erased list has to hold."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from src.core.errors import KehuError
from src.privacy.columns import Owner, owners
from src.privacy.declared import Source
from src.privacy.erased import ANY_SYSTEM
from src.privacy.origins import RawPlace, named_by
from src.privacy.raw_values import Row, read_values
from src.privacy.redact import raw_paths


@dataclass(frozen=True)
class Numbers:
    """records: (system, customer number), system "" where the source has none. accounts: account
    numbers that are this customer's. shared: account numbers that others use as well."""

    records: frozenset[tuple[str, str]]
    accounts: frozenset[str]
    shared: frozenset[str]


def numbers_of(
    source: Source, folder: Path, references: Iterable[str], account_values: Iterable[str]
) -> Numbers:
    """The raw numbers of one customer.

    references: its records as the vault has them ("crm:C1"; without a system where the source has
    no identities). account_values: the account numbers, as the ledger named them before they became
    pseudonyms, of accounts whose rows are this customer's alone. Accounts that no ledger row has
    are found beside the customer's number in the raw files. Raises KehuError if the mapping does
    not say which columns hold customer numbers, or makes a number in a way that can't be traced
    back to one column.
    """
    if not any(owner.kind == "record" for name in source.files for owner in owners(source, name)):
        raise KehuError(
            f"configs/sources/{source.name}.yaml: no column holds customer numbers; expected one "
            "that customer_id comes from or that is marked `private: record`, else nobody can say "
            "which raw rows are whose. Mark those with account numbers as `private: account`."
        )
    records = set()
    for reference in references:
        system, number = reference.split(":", 1) if source.identities else (ANY_SYSTEM, reference)
        records |= {
            (system, raw) for raw in _as_written(source, folder, "customer_id", number, system)
        }
    accounts: set[str] = set()
    for value in account_values:
        accounts |= _as_written(source, folder, "account_id", value, None)
    beside, others = _beside(source, folder, records)
    shared = (beside & others) - accounts
    return Numbers(frozenset(records), frozenset((accounts | beside) - shared), frozenset(shared))


def _as_written(
    source: Source, folder: Path, target: str, value: str, system: str | None
) -> set[str]:
    """The raw values from which the mapping makes a number: itself, or by its expressions."""
    plain, expressions = False, {}
    for entries in source.tables.values():
        for entry in entries:
            made = entry.columns.get(target)
            if made is None or (system is not None and (made.system or ANY_SYSTEM) != system):
                continue
            plain |= made.from_ is not None
            if made.expression is not None:
                expressions[made.expression] = _origin(source, entry, made.expression)
    found = {value} if plain or system else set()
    for expression, origin in expressions.items():
        found |= _inverted(source, folder, origin, expression, value)
    return found


def _inverted(
    source: Source, folder: Path, origin: RawPlace, expression: str, value: str
) -> set[str]:
    """The raw values of which an expression makes `value`."""
    file, column = origin
    known = sorted({row[0] for row in _rows(source, folder, file, [column])})
    # it opens no file, whatever the expression says, and writes none
    with duckdb.connect(
        config={"enable_external_access": False, "temp_directory": ""}
    ) as connection:
        connection.register("known", pa.table({column: pa.array(known, pa.string())}))
        rows = connection.execute(
            f'SELECT "{file}"."{column}" FROM known AS "{file}" '
            f"WHERE CAST(({expression}) AS VARCHAR) = ?",
            [value],
        ).fetchall()
    return {row[0] for row in rows}


def _origin(source: Source, entry: Any, expression: str) -> RawPlace:
    """The one raw column that an expression is made of."""
    origins = named_by(source, entry, expression)
    if len(origins) != 1:
        raise KehuError(
            f"configs/sources/{source.name}.yaml: {expression!r} is of {len(origins)} columns; "
            "expected one, so that a customer's or an account's number can be traced back to the "
            "raw files. Give the number by `from`, or by an expression over one column."
        )
    return origins.pop()


def _beside(
    source: Source, folder: Path, records: set[tuple[str, str]]
) -> tuple[set[str], set[str]]:
    """Account numbers in rows that name one of the records, and in rows that name another."""
    mine: set[str] = set()
    others: set[str] = set()
    for name in source.files:
        found = owners(source, name)
        people = [owner for owner in found if owner.kind == "record"]
        accounts = [owner.column for owner in found if owner.kind == "account"]
        if not people or not accounts:
            continue
        wanted = [_wanted(owner, records) for owner in people]
        columns = [*(owner.column for owner in people), *accounts]
        for row in _rows(source, folder, name, columns):
            own = any(value in known for value, known in zip(row, wanted, strict=False))
            (mine if own else others).update(filter(None, row[len(people) :]))
    return mine, others


def _wanted(owner: Owner, records: set[tuple[str, str]]) -> set[str]:
    every = owner.systems == (ANY_SYSTEM,)
    return {number for system, number in records if every or system in owner.systems}


def _rows(source: Source, folder: Path, name: str, columns: list[str]) -> Iterator[Row]:
    file = source.files[name]
    for path in raw_paths(file, folder):
        yield from read_values(path, file, columns)
