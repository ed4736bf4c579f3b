"""What private columns tell of the customers of a source that resolves none: for the vault alone.

Two kinds of files tell: those that the entries of `customers` read or join, and those with customer
numbers that no table reads. A name in a file of movements or contacts is left out, for it may be
that of the other side.
"""

from collections.abc import Iterator
from itertools import zip_longest

from src.privacy.columns import owners
from src.privacy.origins import made_of
from src.privacy.vault import DETAILS
from src.sources.mapping.entries import Entry
from src.sources.staging.joins import join_sql
from src.sources.staging.session import identifier
from src.sources.staging.work import Work

_NUMBERS = "customer_numbers"


def tell_versions(work: Work) -> None:
    """Make identity_versions of what the private columns tell of the staged customers: a row for
    each set of details, known since it was first told."""
    _make_numbers(work)
    parts = [*_of_customers(work), *_of_other_files(work)]
    told = ", ".join(DETAILS)
    nothing = ", ".join(f"NULL::VARCHAR AS {detail}" for detail in DETAILS)
    parts = parts or [f"SELECT NULL::VARCHAR AS record, NULL AS known_at, {nothing} WHERE false"]
    work.connection.execute(
        "CREATE TABLE identity_versions AS SELECT told.record, NULL::VARCHAR AS system, "
        "min(greatest(told.known_at, since.known_at)) AS known_at, NULL::VARCHAR AS kind, "
        f"{told}, NULL::TIMESTAMP AS birth_date FROM ({' UNION ALL '.join(parts)}) AS told "
        "JOIN identity_history AS since ON told.record = since.record "
        f"WHERE coalesce({told}) IS NOT NULL GROUP BY told.record, {told} "
        "ORDER BY told.record, known_at"
    )
    work.connection.execute(f"DROP TABLE {_NUMBERS}")


def _make_numbers(work: Work) -> None:
    """customer_numbers (number, record): raw customer numbers and what the ledger's mapping makes
    of them."""
    parts = ["SELECT NULL::VARCHAR AS number, NULL::VARCHAR AS record WHERE false"]
    for place, entry in _entries(work):
        origin = made_of(work.mapping, entry, entry.columns["customer_id"])
        for file, column in origin if len(origin) == 1 else ():
            if file == entry.file:
                parts.append(
                    f"SELECT CAST(f.{identifier(column)} AS VARCHAR), s.customer_id "
                    f"FROM {identifier(file)} AS f JOIN stage_customers AS s ON f._row = s._row "
                    f"AND s._entry = {place}"
                )
    work.connection.execute(
        f"CREATE TEMP TABLE {_NUMBERS} AS SELECT DISTINCT number, record "
        f"FROM ({' UNION ALL '.join(parts)}) WHERE number IS NOT NULL AND record IS NOT NULL"
    )


def _of_customers(work: Work) -> Iterator[str]:
    """SQL of record, known_at and the details that each row of an entry of `customers` tells."""
    for place, entry in _entries(work):
        columns = _told(work, str(entry.file), "_main")
        for join in entry.join:
            columns += _told(work, join.file, identifier(join.file))
        joins = "".join(join_sql(work, f"tables.customers[{place}]", j) for j in entry.join)
        for picked in _picked(columns):
            yield (
                f"SELECT s.customer_id AS record, s.known_at, {picked} "
                f"FROM {identifier(str(entry.file))} AS _main{joins} "
                f"JOIN stage_customers AS s ON _main._row = s._row AND s._entry = {place}"
            )


def _of_other_files(work: Work) -> Iterator[str]:
    """The same of files with customer numbers that no entry reads."""
    read = {entry.file for _, _, entry in work.entries()}
    for file in work.mapping.files:
        if file in read:
            continue
        for owner in owners(work.mapping, file):
            for picked in _picked(_told(work, file, "f")) if owner.kind == "record" else ():
                yield (
                    f"SELECT n.record, f._delivered AS known_at, {picked} "
                    f"FROM {identifier(file)} AS f JOIN {_NUMBERS} AS n "
                    f"ON CAST(f.{identifier(owner.column)} AS VARCHAR) = n.number"
                )


def _entries(work: Work) -> list[tuple[int, Entry]]:
    return [(n, e) for n, e in enumerate(work.entries_of("customers")) if e.file is not None]


def _told(work: Work, file: str, alias: str) -> list[tuple[str, str]]:
    """Kind and SQL of the columns of a file that tell who somebody is."""
    columns = work.mapping.files[file].columns.items()
    return [
        (str(column.private), f"CAST({alias}.{identifier(name)} AS VARCHAR)")
        for name, column in columns
        if column.private in DETAILS
    ]


def _picked(columns: list[tuple[str, str]]) -> Iterator[str]:
    """SELECT lists of all details: the first column of each kind, then the second, and so on."""
    by_kind = [[sql for kind, sql in columns if kind == detail] for detail in DETAILS]
    for row in zip_longest(*by_kind):
        found = zip(row, DETAILS, strict=True)
        yield ", ".join(f"{sql or 'NULL::VARCHAR'} AS {detail}" for sql, detail in found)
