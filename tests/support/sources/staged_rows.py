"""Staged rows by hand, so that one step of integration can be held to a slow oracle."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from src.core.config import parse_settings
from src.core.schemas import LEDGER
from src.sources.mapping.mapping import SourceMapping
from src.sources.staging.session import work_session
from src.sources.staging.stage import stage_table
from src.sources.staging.work import Work
from tests.support.sources.integration import PARAMS
from tests.support.sources.tiny import MAPPING


def day(number: int | None) -> datetime | None:
    """A day of the small worlds of the tests."""
    return None if number is None else datetime(2024, 1, 1) + timedelta(days=number)


@contextmanager
def staged(rules: Iterable[Mapping[str, Any]] = ()) -> Iterator[Work]:
    """An integration under way in which every table is staged and empty."""
    content = {**MAPPING, "rules": list(rules), "name": "tiny"}
    mapping = parse_settings(content, SourceMapping, "tiny.yaml").model_copy(update={"tables": {}})
    with work_session(PARAMS) as connection:
        work = Work(connection, mapping, Path("raw"), PARAMS)
        for table in LEDGER:
            stage_table(work, table)
        yield work


def stage_rows(work: Work, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Put rows into stage_<table>; _id and _row are their places, unless given."""
    given = [
        {"_id": n, "_row": n, "_entry": 0, "_file": "f", "_line": n, "_cancels": False}
        | {"_no_rate": False, "source": "s", "_declared": row["known_at"]}
        | dict(row)
        for n, row in enumerate(rows)
    ]
    if given:
        work.connection.register("given", pa.Table.from_pylist(given))
        work.connection.execute(f"INSERT INTO stage_{table} BY NAME FROM given")


def make_members(work: Work, intervals: Iterable[tuple[str, str, int, int | None]]) -> None:
    """Make membership of (reference, customer, first day, day after the last)."""
    work.connection.execute(
        "CREATE TABLE membership (reference VARCHAR, customer VARCHAR, known_at TIMESTAMP, "
        "known_until TIMESTAMP)"
    )
    for reference, customer, since, until in intervals:
        work.connection.execute(
            "INSERT INTO membership VALUES (?, ?, ?, ?)",
            [reference, customer, day(since), day(until)],
        )
