"""Control totals: how many rows a delivery has by the word of the system that sent it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from src.core.errors import SourceError
from src.core.params import IntegrateParams
from src.sources.manifest import erased_rows
from src.sources.mapping.mapping import SourceMapping
from src.sources.reading.deliveries import find_deliveries, means
from src.sources.staging.session import identifier

ReadFile = Callable[
    [duckdb.DuckDBPyConnection, SourceMapping, str, Path, IntegrateParams], list[Any]
]


def declared_rows(
    connection: duckdb.DuckDBPyConnection,
    mapping: SourceMapping,
    name: str,
    folder: Path,
    params: IntegrateParams,
    read_file: ReadFile,
) -> dict[str, int]:
    """File -> rows that the control file states for deliveries of files.<name>, less those of
    erased customers that `collect` left out; empty if there is no control file. Reads it into the
    session with `read_file`."""
    if mapping.control is None or mapping.control.file == name:
        return {}
    stated = control_rows(connection, mapping, folder, params, read_file)
    found = find_deliveries(mapping.files[name], folder, f"files.{name}")
    bare = {delivery.name.rpartition("/")[2]: delivery.name for delivery in found}
    erased = erased_rows(folder)
    named = {bare.get(path, path): rows for path, rows in stated.items()}
    return {path: rows - erased.get(path, 0) for path, rows in named.items()}


def control_rows(
    connection: duckdb.DuckDBPyConnection,
    mapping: SourceMapping,
    folder: Path,
    params: IntegrateParams,
    read_file: ReadFile,
) -> dict[str, int]:
    """Path as the control file writes it -> rows; of repeated ones the last. Raises SourceError."""
    control = mapping.control
    if control is None:
        return {}
    known = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    known += connection.execute("SELECT view_name FROM duckdb_views()").fetchall()
    if (control.file,) not in known:
        read_file(connection, mapping, control.file, folder, params)
    rows = connection.execute(
        f"SELECT {identifier(control.path)}, {identifier(control.rows)} "
        f"FROM {identifier(control.file)} ORDER BY _row"
    ).fetchall()
    return {path: count for path, count in rows if path is not None and count is not None}


def require_deliveries(mapping: SourceMapping, folder: Path, stated: dict[str, int]) -> None:
    """Raise SourceError for a delivery that the control file names and that is not there."""
    for name, file in mapping.files.items():
        where = f"files.{name} in {mapping.where}"
        found = {delivery.name for delivery in find_deliveries(file, folder, where)}
        bare = {path.rpartition("/")[2] for path in found}
        for path, rows in stated.items():
            if means(file, path) and path not in found and path not in bare:
                raise SourceError(
                    f"{path}: the control file states {rows:,} rows, but the delivery is missing. "
                    "Have it delivered."
                )
