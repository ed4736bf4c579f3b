"""Raw files into typed DuckDB relations with line numbers; each value is checked on the way."""

import codecs
import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from pyarrow import ArrowException

from src.core.errors import SourceError, nearest
from src.sources.mapping import RawColumn, RawFile, RawType, SourceMapping
from src.sources.session import first_row, identifier, literal

_DUCKDB_TYPES = {
    "string": ("VARCHAR",),
    "integer": ("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "USMALLINT", "UTINYINT"),
    "number": ("DOUBLE", "FLOAT", "BIGINT", "INTEGER"),
    "decimal": ("BIGINT", "INTEGER"),
    "date": ("DATE", "TIMESTAMP"),
    "time": ("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_S", "TIMESTAMP_MS"),
}
_EXPECTED = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "decimal": "a decimal number of at most 20 digits and 6 decimals",
    "date": "a date",
    "time": "an instant",
}


def read_file(
    connection: duckdb.DuckDBPyConnection, mapping: SourceMapping, name: str, folder: Path
) -> int:
    """Make the relation `name` (_line and the declared columns, typed). Returns its rows.

    _line counts from 1 at the file's first line; of Parquet files it is the row. Raises
    SourceError for a missing file, unknown or missing columns and values of another type.
    """
    file = mapping.files[name]
    path = folder / file.path
    if not path.is_file():
        raise SourceError(f"{path}: no such file. Run `dvc repro collect` to bring it there.")
    try:
        scan, found = _SCANS[file.format](connection, file, path, name)
        _require_columns(mapping, name, list(found), path)
        parsed = {c: _parsed(f, found[c], c, path) for c, f in file.columns.items()}
        _require_values(connection, mapping, name, scan, parsed, path)
        selected = ", ".join(f"{sql} AS {identifier(c)}" for c, sql in parsed.items())
        kind = "VIEW" if file.format == "parquet" else "TABLE"
        connection.execute(
            f"CREATE {kind} {identifier(name)} AS SELECT _line, {selected} FROM {scan}"
        )
        row = first_row(connection, f"SELECT count(*) FROM {identifier(name)}")
    except (duckdb.Error, ArrowException, UnicodeDecodeError) as error:
        raise SourceError(
            f"{path}: not readable as {file.format}: {_first_line(error)} "
            f"Check format, delimiter and encoding of files.{name} in "
            f"configs/sources/{mapping.name}.yaml, or fetch the file anew."
        ) from error
    return int(row[0]) if row else 0


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") + "."


def _scan_csv(
    connection: duckdb.DuckDBPyConnection, file: RawFile, path: Path, name: str
) -> tuple[str, dict[str, str]]:
    """A FROM clause with _line, and the columns of the header, all text."""
    with path.open(encoding=_decoder(file.encoding), newline="") as stream:
        lines = csv.reader(stream, delimiter=file.delimiter, quotechar=file.quote or None)
        header = next(lines, [])
    if len(set(header)) < len(header):
        twice = sorted({c for c in header if header.count(c) > 1})
        raise SourceError(f"{path}:1: column {twice[0]!r} stands there twice; expected it once.")
    columns = ", ".join(f"{literal(c)}: 'VARCHAR'" for c in header)
    source = _in_utf8(connection, file, path, name)
    options = (
        f"delim={literal(file.delimiter)}, quote={literal(file.quote)}, "
        f"escape={literal(file.quote)}, nullstr={literal(file.empty)}, header=true, "
        f"auto_detect=false, columns={{{columns}}}"
    )
    scan = (
        f"(SELECT row_number() OVER () + 1 AS _line, * "
        f"FROM read_csv({literal(str(source))}, {options}))"
    )
    return scan, dict.fromkeys(header, "VARCHAR")


def _decoder(encoding: str) -> str:
    """utf-8 with an optional byte-order mark, or the named encoding."""
    name = codecs.lookup(encoding).name
    return "utf-8-sig" if name == "utf-8" else name


def _in_utf8(connection: duckdb.DuckDBPyConnection, file: RawFile, path: Path, name: str) -> Path:
    """The file itself if DuckDB can read its encoding, else a copy in UTF-8 beside the session."""
    if _decoder(file.encoding) == "utf-8-sig":
        return path
    row = first_row(connection, "SELECT current_setting('temp_directory')")
    copy = Path(str(row[0] if row else ".")).parent / f"{name}.utf8"
    with (
        path.open(encoding=_decoder(file.encoding), newline="") as source,
        copy.open("w", encoding="utf-8", newline="") as target,
    ):
        shutil.copyfileobj(source, target)
    return copy


def _scan_parquet(
    _connection: duckdb.DuckDBPyConnection, _file: RawFile, path: Path, _name: str
) -> tuple[str, dict[str, str]]:
    pq.read_schema(path)
    scan = f"read_parquet({literal(str(path))}, file_row_number=true)"
    described = _connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
    found = {row[0]: row[1] for row in described if row[0] != "file_row_number"}
    return f"(SELECT file_row_number + 1 AS _line, * FROM {scan})", found


def _scan_jsonl(
    connection: duckdb.DuckDBPyConnection, file: RawFile, path: Path, _name: str
) -> tuple[str, dict[str, str]]:
    objects = f"read_ndjson_objects({literal(str(path))})"
    keys = connection.execute(
        f"SELECT DISTINCT unnest(json_keys(json)) AS key FROM {objects} ORDER BY key"
    ).fetchall()
    picked = ", ".join(
        f"json ->> {literal('$.' + identifier(c))} AS {identifier(c)}" for c in file.columns
    )
    scan = f"(SELECT row_number() OVER () AS _line, {picked} FROM {objects})"
    return scan, {row[0]: "VARCHAR" for row in keys}


_SCANS = {"csv": _scan_csv, "parquet": _scan_parquet, "jsonl": _scan_jsonl}


def _require_columns(mapping: SourceMapping, name: str, found: list[str], path: Path) -> None:
    file = mapping.files[name]
    where = f"files.{name} in configs/sources/{mapping.name}.yaml"
    for column in file.columns:
        if column not in found:
            raise SourceError(
                f"{path}: column {column!r} is missing. {nearest(column, found)} "
                f"Correct it under {where}, or fetch the file anew."
            )
    for column in found:
        if column not in file.columns and column not in file.ignored:
            raise SourceError(
                f"{path}: unknown column {column!r}; expected "
                f"{', '.join([*file.columns, *file.ignored])}. Map it under 'columns' or list it "
                f"under 'ignored' of {where}."
            )


def _parsed(column: RawColumn, found: str, name: str, path: Path) -> str:
    """SQL that gives the typed value, NULL where it can't be read."""
    raw = identifier(name)
    if found != "VARCHAR":
        known = found in _DUCKDB_TYPES[column.type] or (
            column.type in ("number", "decimal") and found.startswith("DECIMAL")
        )
        if not known:
            raise SourceError(
                f"{path}: column {name!r} has type {found}; expected {column.type}. Correct the "
                "type in the mapping, or fetch the file anew."
            )
        return raw if column.type not in ("date", "time") else f"CAST({raw} AS TIMESTAMP)"
    text = raw
    if column.thousands:
        text = f"replace({text}, {literal(column.thousands)}, '')"
    if column.decimal != ".":
        text = f"replace({text}, {literal(column.decimal)}, '.')"
    return _FROM_TEXT[column.type](text, column)


def _integer(text: str, _column: RawColumn) -> str:
    return (
        f"CASE WHEN regexp_full_match({text}, '\\s*[+-]?\\d+\\s*') "
        f"THEN TRY_CAST({text} AS BIGINT) END"
    )


def _number(text: str, _column: RawColumn) -> str:
    return f"CASE WHEN isfinite(TRY_CAST({text} AS DOUBLE)) THEN TRY_CAST({text} AS DOUBLE) END"


def _decimal(text: str, _column: RawColumn) -> str:
    return (
        f"CASE WHEN regexp_full_match({text}, '\\s*[+-]?(\\d+\\.?\\d{{0,6}}|\\.\\d{{1,6}})0*\\s*') "
        f"THEN TRY_CAST({text} AS DECIMAL(26,6)) END"
    )


def _instant(text: str, column: RawColumn) -> str:
    if column.format:
        return f"CAST(try_strptime({text}, {literal(column.format)}) AS TIMESTAMP)"
    if column.type == "date":
        return f"CAST(try_strptime({text}, '%Y-%m-%d') AS TIMESTAMP)"
    return f"CAST(TRY_CAST({text} AS TIMESTAMPTZ) AS TIMESTAMP)"


_FROM_TEXT: dict[RawType, Callable[[str, RawColumn], str]] = {
    "string": lambda text, _column: text,
    "integer": _integer,
    "number": _number,
    "decimal": _decimal,
    "date": _instant,
    "time": _instant,
}


def _require_values(
    connection: duckdb.DuckDBPyConnection,
    mapping: SourceMapping,
    name: str,
    scan: str,
    parsed: dict[str, str],
    path: Path,
) -> None:
    """One pass that finds values which can't be read, then the first of them for the message."""
    columns = mapping.files[name].columns
    faults = {
        c: f"({identifier(c)} IS NOT NULL AND ({sql}) IS NULL)"
        + (f" OR {identifier(c)} IS NULL" if columns[c].required else "")
        for c, sql in parsed.items()
        if sql != identifier(c) or columns[c].required
    }
    if not faults:
        return
    counts = first_row(
        connection,
        f"SELECT {', '.join(f'count_if({fault})' for fault in faults.values())} FROM {scan}",
    )
    for (column, fault), count in zip(faults.items(), counts or (), strict=False):
        if count:
            row = first_row(
                connection,
                f"SELECT _line, {identifier(column)} FROM {scan} WHERE {fault} "
                "ORDER BY _line LIMIT 1",
            )
            raise SourceError(_fault(mapping.name, name, columns[column], column, path, row, count))


def _fault(
    source: str,
    file: str,
    spec: RawColumn,
    column: str,
    path: Path,
    row: tuple[int, object] | None,
    count: int,
) -> str:
    line, value = row or (0, None)
    expected = _EXPECTED[spec.type] + (f" as {spec.format}" if spec.format else "")
    found = "is empty" if value is None else f"has {value!r}"
    others = f" ({count} such values)" if count > 1 else ""
    return (
        f"{path}:{line}: column {column!r} {found}{others}; expected {expected}. Correct the file, "
        f"or type, format or decimal mark of files.{file}.columns.{column} in "
        f"configs/sources/{source}.yaml."
    )
