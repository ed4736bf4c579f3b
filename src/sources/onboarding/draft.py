"""A first mapping of the files in a folder, for the user to finish: what they look like, and a
guess at what their columns mean."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml
from pyarrow import ArrowException

from src.core.errors import SourceError
from src.sources.mapping.raw_files import RawColumn, RawFile
from src.sources.onboarding.guess_encoding import fitting_encodings
from src.sources.onboarding.guesses import differing, guess_column
from src.sources.onboarding.hints import ledger_column, private_kind
from src.sources.onboarding.sample import read_sample, sniffed_csv

_FORMATS = {
    **dict.fromkeys((".csv", ".txt", ".tsv", ".asc", ".dat"), "csv"),
    **dict.fromkeys((".jsonl", ".ndjson"), "jsonl"),
    ".parquet": "parquet",
}
_DATES = ((r"\d{4}-\d\d-\d\d", "%Y-%m-%d"), (r"\d{8}", "%Y%m%d"), (r"\d{6}", "%Y%m"))
_ROWS = 1000
_DUCKDB_TYPES = (
    (r"VARCHAR|BLOB|UUID|ENUM", "string"),
    (r"DECIMAL", "decimal"),
    (r"DOUBLE|FLOAT", "number"),
    (r"TIMESTAMP", "time"),
    (r"DATE", "date"),
    (r"INT", "integer"),
)
_SQLITE = b"SQLite format 3\x00"
_TODO = "TODO"
_HEADER = """\
# A draft: what the files look like and a guess at what they mean. Finish what says TODO, map more
# tables (configs/sources/README.md), and look at it again with
# python -m src.sources check configs/sources/{name}.yaml
"""


def draft_mapping(folder: Path, name: str) -> str:
    """The YAML of a mapping of all CSV, JSON Lines and Parquet files below `folder`.

    Raises SourceError if there are none.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder}: no such folder. Put the source's files into one and name it.")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
        files = {}
        for path, pattern, form in _paths(folder):
            key = re.sub(r"\W+", "_", Path(pattern.replace("*", "")).with_suffix("").as_posix())
            files[key.strip("_").lower() or "file"] = _file(connection, path, pattern, form)
    if not files:
        kinds = ", ".join(sorted(_FORMATS))
        raise SourceError(f"{folder}: no files of a known kind; expected some of {kinds}.")
    reason = f"{_TODO} support it, or say why not"
    content = {
        "description": f"{_TODO} what the source is",
        "base_currency": "CNY",
        "origin": f"{_TODO} where the files come from",
        "supports": [],
        "unsupported": dict.fromkeys(("risk_appetite", "value_tier", "churn"), reason),
        "files": files,
        "tables": {"customers": [_customers(files)]},
    }
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    return _HEADER.format(name=name) + _left_out(folder) + _with_hints(text, files)


def _left_out(folder: Path) -> str:
    """A comment that names the files of no known kind, and says how a database is delivered."""
    lines = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.suffix.lower() in _FORMATS or path.name.startswith("."):
            continue
        name = path.relative_to(folder).as_posix()
        with path.open("rb") as stream:
            database = stream.read(len(_SQLITE)) == _SQLITE
        advice = f": a database, format: sql, url: sqlite:///{path.as_posix()}" if database else ""
        lines.append(f"#   {name}{advice}\n")
    return f"# Not looked at, of no known kind:\n{''.join(lines)}" if lines else ""


def _paths(folder: Path) -> Iterator[tuple[Path, str, str | None]]:
    """One file, path pattern and date format for each file or series of deliveries."""
    seen = set()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        if path.suffix.lower() not in _FORMATS or path.name.startswith("."):
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
    connection: duckdb.DuckDBPyConnection, path: Path, pattern: str, form: str | None
) -> dict[str, Any]:
    """How one file is to be read."""
    kind = _FORMATS[path.suffix.lower()]
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
    described = connection.execute("DESCRIBE SELECT * FROM _rows").fetchall()
    keys["columns"] = {
        row[0]: _column(connection, row[0], row[1], kind == "parquet") for row in described
    }
    connection.unregister("_rows")
    return keys


def _dialect(
    connection: duckdb.DuckDBPyConnection, path: Path, encoding: str
) -> dict[str, str | int]:
    delimiter, quote, skip = sniffed_csv(connection, path, encoding)
    found: dict[str, str | int] = {} if delimiter == "," else {"delimiter": delimiter}
    found |= {} if quote == '"' else {"quote": quote}
    return found | ({"skip_rows": skip} if skip else {})


def _column(
    connection: duckdb.DuckDBPyConnection, name: str, found: str, typed: bool
) -> dict[str, str] | str:
    quoted = name.replace('"', '""')
    texts = (
        []
        if typed and found != "VARCHAR"
        else [
            text
            for (text,) in connection.execute(
                f'SELECT CAST("{quoted}" AS VARCHAR) FROM _rows WHERE "{quoted}" IS NOT NULL'
            ).fetchall()
        ]
    )
    native = next((kind for pattern, kind in _DUCKDB_TYPES if re.search(pattern, found)), "string")
    guess = (
        RawColumn.model_validate({"type": native})
        if typed and found != "VARCHAR"
        else guess_column(connection, name, texts)
    )
    private = private_kind(name)
    if private in ("record", "account", "phone", "id_number"):
        guess = RawColumn()
    keys = {key: value for key, value in differing(guess, RawColumn()).items() if value}
    keys = {"type": guess.type, **keys} | ({"private": private} if private else {})
    return keys if len(keys) > 1 else guess.type


def _customers(files: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The entry of `customers`: of the file whose columns tell most about people."""

    def told(name: str) -> dict[str, str]:
        known = {}
        for column in files[name]["columns"]:
            table, _, target = (ledger_column(column) or ".").partition(".")
            if table == "customers" and target not in known:
                known[target] = column
        return known

    name = max(files, key=lambda file: ("customer_id" in told(file), len(told(file))))
    known = told(name)
    first = next(iter(files[name]["columns"]))
    own = {"customer_id": first, **known, "kind": {"constant": "person"}}
    joined = known.get("joined_on")
    return {
        "file": name,
        "distinct": [own["customer_id"]],
        "columns": {**own, "known_at": joined or {"constant": "1970-01-01"}},
    }


def _with_hints(text: str, files: Mapping[str, Mapping[str, Any]]) -> str:
    """The text with a comment below it that says what other columns may feed."""
    lines = []
    for name, file in files.items():
        for column in file["columns"]:
            target = ledger_column(column)
            if target and not target.startswith("customers."):
                lines.append(f"#   {target}: {column} of {name}")
    if not lines:
        return text
    return text + "# Columns that may feed other tables:\n" + "\n".join(sorted(lines)) + "\n"
