"""The first and last instant of a column among a file's rows that stand, mostly by the statistics
of its row groups: only groups of which a row was closed are looked into."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq


def standing_extent(table: Path, column: str) -> tuple[datetime, datetime] | None:
    """Of a ledger's table, a file or a folder of them: by the rows whose known_until is empty; None
    without any."""
    files = sorted(table.rglob("*.parquet")) if table.is_dir() else [table]
    found = [extent for file in files for extent in _extents(file, column)]
    return (min(at for at, _ in found), max(at for _, at in found)) if found else None


def _extents(path: Path, column: str) -> Iterator[tuple[datetime, datetime]]:
    with pq.ParquetFile(path) as file:
        places = {name: place for place, name in enumerate(file.schema_arrow.names)}
        for number in range(file.num_row_groups):
            group = file.metadata.row_group(number)
            closed: Any = group.column(places["known_until"]).statistics
            times: Any = group.column(places[column]).statistics
            known = times is not None and times.has_min_max and closed is not None
            if known and closed.has_null_count and closed.null_count == group.num_rows:
                yield times.min, times.max
            else:
                rows = file.read_row_group(number, columns=[column, "known_until"])
                ends = pc.min_max(rows.filter(pc.is_null(rows["known_until"]))[column]).as_py()
                if ends["min"] is not None:
                    yield ends["min"], ends["max"]
