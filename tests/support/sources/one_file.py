"""A source of one file on disk, and what reading makes of it."""

from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from src.core.params import IntegrateParams
from src.sources.mapping.mapping import SourceMapping
from src.sources.reading.read import read_file
from src.sources.staging.session import work_session

COLUMNS = {"id": "string", "day": {"type": "date", "format": "%d.%m.%Y"}, "amount": "decimal"}
HEADER = "id,day,amount\n"
PARAMS = IntegrateParams(memory_limit="1GB", threads=1, max_unreadable_share=0.05)


def mapping_of(files: dict[str, Any], **more: Any) -> SourceMapping:
    """A mapping that declares `files` and as little else as is allowed."""
    tasks = dict.fromkeys(("risk_appetite", "value_tier", "churn"), "not here")
    customers = [
        {"rows": [{"customer_id": "A", "kind": "person", "known_at": "2020-01-01"}]},
    ]
    content = {
        "name": "tiny",
        "description": "a small bank",
        "base_currency": "EUR",
        "origin": "Ask the bank.",
        "supports": [],
        "unsupported": tasks,
        "files": files,
        "tables": {"customers": customers},
    }
    return SourceMapping.model_validate(content | more)


class Reading:
    """Files of one source in a session: write them, read them, look at the relations."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.connection, self.folder = connection, folder

    def write(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def read(self, files: dict[str, Any], name: str = "f", **more: Any):
        return read_file(self.connection, mapping_of(files, **more), name, self.folder, self.params)

    params = PARAMS

    def rows(self, sql: str = "SELECT * FROM f ORDER BY _row") -> list[tuple]:
        return self.connection.execute(sql).fetchall()


@contextmanager
def reading(folder: Path):
    with work_session(PARAMS) as connection:
        yield Reading(connection, folder)


def lines(count, row="{n},01.02.2020,{n}.5\n"):
    return "".join(row.format(n=n) for n in range(1, count + 1))
