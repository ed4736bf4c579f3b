"""How the files in a folder look: the section `files` of a draft, and what is odd about them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from pyarrow import ArrowException

from src.core.errors import SourceError
from src.privacy.mask import mask
from src.sources.mapping.raw_files import RawColumn, RawFile
from src.sources.onboarding.guess_encoding import fitting_encodings
from src.sources.onboarding.guesses import differing, empty_mark, guess_column, misfits
from src.sources.onboarding.hints import private_kind
from src.sources.onboarding.sample import read_sample, sniffed_csv
from src.sources.reading.ending import ends_with_newline

FORMATS = {
    **dict.fromkeys((".csv", ".txt", ".tsv", ".asc", ".dat"), "csv"),
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
    ".parquet": "parquet",
}
_DATES = ((r"\d{4}-\d\d-\d\d", "%Y-%m-%d"), (r"\d{8}", "%Y%m%d"), (r"\d{6}", "%Y%m"))
_ROWS = 1000
_SHOWN = 30
_DUCKDB_TYPES = (
    (r"VARCHAR|BLOB|UUID|ENUM", "string"),
    (r"DECIMAL", "decimal"),
    (r"DOUBLE|FLOAT", "number"),
    (r"TIMESTAMP", "time"),
    (r"DATE", "date"),
    (r"INT", "integer"),
)
# As numbers they would lose their zeros, or be looked for in vain.
_TEXTS = ("record", "account", "phone", "id_number")


@dataclass
class DraftedFiles:
    """files: the section of a mapping, name -> keys; oddities: one line for each value or file
    that does not fit, private values by their shape."""

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    oddities: list[str] = field(default_factory=list)


def draft_files(connection: duckdb.DuckDBPyConnection, folder: Path) -> DraftedFiles:
    """Describe all CSV, JSON Lines and Parquet files below `folder`; several that differ in a date
    of their names as deliveries of one. Raises SourceError for one that can't be read."""
    drafted = DraftedFiles()
    for path, pattern, form in _paths(folder):
        key = re.sub(r"\W+", "_", Path(pattern.replace("*", "")).with_suffix("").as_posix())
        name = key.strip("_").lower() or "file"
        drafted.files[name] = _file(connection, path, pattern, form, name, drafted.oddities)
        if FORMATS[path.suffix.lower()] == "csv":
            _ending(drafted, name, folder)
    return drafted


def _paths(folder: Path) -> Iterator[tuple[Path, str, str | None]]:
    """One file, path pattern and date format for each file or series of deliveries."""
    seen = set()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        if path.suffix.lower() not in FORMATS or path.name.startswith("."):
            continue
        pattern, form = _pattern(name)
        if len(list(folder.glob(pattern))) == 1:
            pattern, form = name, None
        if pattern not in seen:
            seen.add(pattern)
            yield path, pattern, form


def _pattern(name: str) -> tuple[str, str | None]:
    """The name with a star for a date in it, and the date's format."""
    for digits, form in _DATES:
        found = list(re.finditer(rf"(?<!\d){digits}(?!\d)", name))
        if not found:
            continue
        try:
            datetime.strptime(found[-1][0], form)
        except ValueError:
            continue
        return f"{name[: found[-1].start()]}*{name[found[-1].end() :]}", form
    return name, None


def _file(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    pattern: str,
    form: str | None,
    name: str,
    oddities: list[str],
) -> dict[str, Any]:
    """How one file is to be read."""
    kind = FORMATS[path.suffix.lower()]
    keys: dict[str, Any] = {"path": pattern} | ({"delivered": form} if form else {})
    if kind != "csv":
        keys["format"] = kind
    if kind != "parquet":
        encoding = (fitting_encodings(path) or ["utf-8"])[0]
        keys |= {} if encoding == "utf-8" else {"encoding": encoding}
        if kind == "csv":
            keys |= _dialect(connection, path, encoding)
    try:
        rows = read_sample(RawFile.model_validate({**keys, "columns": {}}), path, _ROWS).rows
    except (OSError, ArrowException) as error:
        raise SourceError(f"{path}: not readable as {kind}: {error} Fetch it anew.") from error
    connection.register("_rows", rows)
    keys["columns"] = {}
    for column, found, *_ in connection.execute("DESCRIBE SELECT * FROM _rows").fetchall():
        texts = None if kind == "parquet" and found != "VARCHAR" else _texts(connection, column)
        style, odd = _column(connection, column, found, texts)
        keys["columns"][column] = style
        oddities += [f"{name}.{column}: {odd}"] if odd else []
    connection.unregister("_rows")
    return keys


def _dialect(
    connection: duckdb.DuckDBPyConnection, path: Path, encoding: str
) -> dict[str, str | int]:
    delimiter, quote, skip = sniffed_csv(connection, path, encoding)
    found: dict[str, str | int] = {} if delimiter == "," else {"delimiter": delimiter}
    found |= {} if quote == '"' else {"quote": quote}
    return found | ({"skip_rows": skip} if skip else {})


def _texts(connection: duckdb.DuckDBPyConnection, column: str) -> list[str]:
    quoted = column.replace('"', '""')
    rows = connection.execute(
        f'SELECT CAST("{quoted}" AS VARCHAR) FROM _rows WHERE "{quoted}" IS NOT NULL'
    ).fetchall()
    return [text for (text,) in rows]


def _column(
    connection: duckdb.DuckDBPyConnection, name: str, found: str, texts: list[str] | None
) -> tuple[dict[str, str] | str, str]:
    """How a column is to be read, and what is odd about it, "" if nothing. texts: its values, None
    where the file holds DuckDB's type `found`."""
    private = private_kind(name)
    if private in _TEXTS:
        guess = RawColumn()
    elif texts is None:
        native = (kind for pattern, kind in _DUCKDB_TYPES if re.search(pattern, found))
        guess = RawColumn.model_validate({"type": next(native, "string")})
    else:
        guess = guess_column(connection, name, texts)
    odd = ""
    if texts and (wrong := misfits(connection, texts, guess)):
        shown = mask(wrong[0], private) if private else repr(wrong[0][:_SHOWN])
        odd = f"{len(wrong)} of {len(texts)} values are no {guess.type}, such as {shown}"
        mark = empty_mark(wrong)
        if mark and all(text == mark for text in wrong):
            odd += f"; if that means empty, set empty: {mark!r} of the file"
    keys = {key: value for key, value in differing(guess, RawColumn()).items() if value}
    keys = {"type": guess.type, **keys} | ({"private": private} if private else {})
    return (keys if len(keys) > 1 else guess.type), odd


def _ending(drafted: DraftedFiles, name: str, folder: Path) -> None:
    """Add `ends_with_newline` where all files agree; else name those that differ."""
    keys = drafted.files[name]
    encoding = keys.get("encoding", "utf-8")
    ends = {path: ends_with_newline(path, encoding) for path in sorted(folder.glob(keys["path"]))}
    without = [path.relative_to(folder).as_posix() for path, end in ends.items() if end is False]
    if any(ends.values()) and not without:
        columns = keys.pop("columns")
        drafted.files[name] = keys | {"ends_with_newline": True, "columns": columns}
    elif without:
        more = f" and {len(without) - 1} more" if len(without) > 1 else ""
        drafted.oddities.append(
            f"{name}: {without[0]}{more} ends without a newline: was it cut? If that is right, set "
            "ends_with_newline: false"
        )
