"""Extracts of SQL databases, in batches to Parquet. The only module that imports SQLAlchemy."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from src.core.errors import SourceError, nearest
from src.core.files import replacing_file
from src.sources.extracts.values import column_array, column_types
from src.sources.mapping.raw_files import RawFile

BATCH_ROWS = 50_000
_UNREACHED = "is out of reach"
# Classes of SQLSTATE: connection, feature, transaction, authorization, catalog, schema, syntax and
# access rule, resources, operator intervention, system. All others, such as 22 (data), may quote
# values.
_STATES_WITHOUT_ROWS = ("08", "0A", "25", "28", "3D", "3F", "42", "53", "57", "58")
_SQLITE_WITHOUT_ROWS = re.compile(
    "no such (table|column|function|collation sequence): |near |ambiguous column name: |"
    "unable to open database|database (is|schema is|table is|disk image is) |"
    "file is not a database|disk I/O error|incomplete input|unrecognized token: |"
    "attempt to write a readonly database|wrong number of arguments|misuse of "
)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def extract(
    file: RawFile,
    where: str,
    target: Path,
    environment: Mapping[str, str],
    batch_rows: int = BATCH_ROWS,
    most: int | None = None,
) -> int:
    """Write what the file's `query` or `table` gives to `target` as Parquet. Returns its rows.

    Only declared columns are taken, none under `ignored`; amounts are exact decimals. Of a table
    the rows come in the order of its primary key, of a query in the query's. Nothing is changed in
    the database. where: the entry of the mapping, for messages; most: rows to take, for a look at
    them. Raises SourceError for a missing
    variable, a database out of reach, a query that fails, columns and values not as declared.
    """
    url = _url(file, where, environment)
    with _connection(url, where) as connection:
        with _remedy(url, where, "can't be queried", f"Correct query or table of {where}."):
            result = connection.execute(_statement(file, where, connection))
        names = list(result.keys())
        _require_columns(file, names, where)
        with replacing_file(target) as aside:
            batches = result.partitions(batch_rows if most is None else max(most, 1))
            return _write(
                file, where, url, batches if most is None else islice(batches, 1), names, aside
            )


def _write(
    file: RawFile,
    where: str,
    url: sa.URL,
    batches: Iterator[Sequence[Sequence[Any]]],
    names: list[str],
    aside: Path,
) -> int:
    """The batches as one Parquet file; its types follow from the first."""
    places = {name: names.index(name) for name in file.columns}
    with _remedy(url, where, "broke off", "Run the command again."):
        first = next(batches, ())
    samples = {name: [row[place] for row in first] for name, place in places.items()}
    types = column_types(file.columns, samples)
    schema = pa.schema([(name, types[name]) for name in places])
    rows = 0
    with pq.ParquetWriter(aside, schema, compression="zstd", coerce_timestamps="us") as writer:
        batch = first
        while batch:
            arrays = [
                column_array(name, file.columns[name], kind, [r[places[name]] for r in batch], rows)
                for name, kind in types.items()
            ]
            writer.write_table(pa.table(arrays, schema=schema))
            rows += len(batch)
            with _remedy(url, where, "broke off", "Run the command again."):
                batch = next(batches, ())
    return rows


def _url(file: RawFile, where: str, environment: Mapping[str, str]) -> sa.URL:
    """The URL with variables filled in."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if not environment.get(name):
            raise SourceError(
                f"{where}: 'url' needs the environment variable {name}, which is not set. Set it, "
                "for example in the shell that runs the pipeline, and run the command again."
            )
        return environment[name]

    parts = _VARIABLE.sub(lambda m: _quoted(value(m)) if m.start() else value(m), file.url or "")
    try:
        return sa.make_url(parts)
    except ArgumentError as error:
        raise SourceError(
            f"{where}: 'url' is no database URL; expected one such as "
            "postgresql://reader:${BANK_PASSWORD}@host/database or sqlite:////folder/bank.db."
        ) from error


def _quoted(value: str) -> str:
    """A value as part of a URL; of a whole URL, which starts with its variable, nothing changes."""
    return "".join(f"%{ord(sign):02X}" if sign in "%@/:?#&+ " else sign for sign in value)


@contextmanager
def _connection(url: sa.URL, where: str) -> Iterator[sa.Connection]:
    try:
        engine = sa.create_engine(_with_driver(url), poolclass=NullPool)
    except (NoSuchModuleError, ImportError) as error:
        raise SourceError(
            f"{where}: no driver for {url.drivername!r} ({error}). Install the Python package of "
            "this database's driver, or give another one in 'url'."
        ) from error
    options: dict[str, Any] = {"stream_results": True}
    if url.get_backend_name() == "postgresql":
        options["postgresql_readonly"] = True
    remedy = "Start the database or correct 'url'; check host, port, user and password."
    with _remedy(url, where, _UNREACHED, remedy):
        _require_sqlite_file(url, where)
        connection = engine.connect().execution_options(**options)
    try:
        yield connection
    finally:
        connection.close()
        engine.dispose()


def _with_driver(url: sa.URL) -> sa.URL:
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _require_sqlite_file(url: sa.URL, where: str) -> None:
    """SQLite would make a missing file without a word."""
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise SourceError(
            f"{where}: {url.database}: no such file. Put the database there or correct 'url'."
        )


def _statement(file: RawFile, where: str, connection: sa.Connection) -> sa.Executable:
    if file.query is not None:
        return sa.text(file.query.replace(":", "\\:"))
    schema, _, name = (file.table or "").rpartition(".")
    inspector = sa.inspect(connection)
    known = [*inspector.get_table_names(schema or None), *inspector.get_view_names(schema or None)]
    if name not in known:
        raise SourceError(
            f"{where}: the database has no table {file.table!r}. {nearest(name, known)}"
        )
    found = [column["name"] for column in inspector.get_columns(name, schema or None)]
    _require_columns(file, found, where)
    keys = inspector.get_pk_constraint(name, schema or None)["constrained_columns"]
    table = sa.table(name, *map(sa.column, found), schema=schema or None)
    return sa.select(*(table.c[c] for c in file.columns)).order_by(*(table.c[k] for k in keys))


def _require_columns(file: RawFile, found: Sequence[str], where: str) -> None:
    for column in file.columns:
        if column not in found:
            raise SourceError(
                f"{where}: the database gives no column {column!r}. {nearest(column, found)}"
            )
    for column in found:
        if column not in file.columns and column not in file.ignored:
            raise SourceError(
                f"{where}: the database gives a column {column!r} that is not declared. Map it "
                "under 'columns' or list it under 'ignored'."
            )


@contextmanager
def _remedy(url: sa.URL, where: str, what: str, cure: str) -> Iterator[None]:
    """Errors of the database in our words, without its password and without values of rows."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = _reason(error, connecting=what == _UNREACHED)
        if url.password:
            reason = reason.replace(str(url.password), "***")
        place = url.render_as_string(hide_password=True)
        raise SourceError(f"{where}: {place} {what}: {reason.rstrip('.')}. {cure}") from error


def _reason(error: SQLAlchemyError, connecting: bool) -> str:
    """What the database says, if it speaks of the connection, the SQL or itself; of an error that
    may quote a row its kind alone."""
    cause = getattr(error, "orig", None) or error
    told = (str(cause).strip().splitlines() or [""])[0]
    state = getattr(cause, "sqlstate", None)
    quotes_no_row = connecting or (
        state.startswith(_STATES_WITHOUT_ROWS) if state else _SQLITE_WITHOUT_ROWS.match(told)
    )
    if told and quotes_no_row:
        return told
    kind = f"{type(cause).__module__.partition('.')[0]}.{type(cause).__name__}"
    return (
        f"{kind}{f', SQLSTATE {state}' if state else ''}; its text may quote a row and is not "
        "shown, run the query by hand to see it"
    )
