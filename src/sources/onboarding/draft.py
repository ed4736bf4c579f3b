"""A first mapping of the files in a folder, for the user to finish: what they look like, and a
guess at what their columns mean."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import yaml

from src.core.errors import SourceError
from src.sources.onboarding.draft_files import FORMATS, draft_files
from src.sources.onboarding.hints import ledger_column

_SQLITE = b"SQLite format 3\x00"
TODO = "TODO"
_HEADER = """\
# A draft: what the files look like and a guess at what they mean. Finish what says TODO, map more
# tables (configs/sources/README.md), and look at it again with
# kehu source check {name}
"""


def draft_mapping(folder: Path, name: str) -> str:
    """The YAML of a mapping of all CSV, JSON Lines and Parquet files below `folder`.

    Raises SourceError if there are none.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder}: no such folder. Put the source's files into one and name it.")
    with duckdb.connect(config={"temp_directory": ""}) as connection:
        connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
        drafted = draft_files(connection, folder)
    files = drafted.files
    if not files:
        kinds = ", ".join(sorted(FORMATS))
        raise SourceError(f"{folder}: no files of a known kind; expected some of {kinds}.")
    reason = f"{TODO} support it, or say why not"
    content = {
        "description": f"{TODO} what the source is",
        "base_currency": f"{TODO} such as CNY",
        "origin": f"{TODO} where the files come from",
        "supports": [],
        "unsupported": dict.fromkeys(("risk_appetite", "value_tier", "churn"), reason),
        "files": files,
        "tables": {"customers": [_customers(files)]},
    }
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    head = _HEADER.format(name=name) + _left_out(folder) + _odd(drafted.oddities)
    return head + _with_hints(text, files)


def _odd(oddities: list[str]) -> str:
    """A comment that names what does not fit the types guessed, and what becomes of it."""
    if not oddities:
        return ""
    lines = "".join(f"#   {oddity}\n" for oddity in oddities)
    return f"# Odd; values that do not fit their type would go to quarantine:\n{lines}"


def _left_out(folder: Path) -> str:
    """A comment that names the files of no known kind, and says how a database is delivered."""
    lines = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.suffix.lower() in FORMATS or path.name.startswith("."):
            continue
        name = path.relative_to(folder).as_posix()
        with path.open("rb") as stream:
            database = stream.read(len(_SQLITE)) == _SQLITE
        advice = f": a database, format: sql, url: sqlite:///{path.as_posix()}" if database else ""
        lines.append(f"#   {name}{advice}\n")
    return f"# Not looked at, of no known kind:\n{''.join(lines)}" if lines else ""


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
