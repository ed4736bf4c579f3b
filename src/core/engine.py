"""The engine that evaluates Ibis expressions: DuckDB in this process."""

import tempfile
from typing import Literal

import ibis
from ibis.backends.duckdb import Backend
from pydantic import PositiveInt

from src.core.config import Settings


class EngineParams(Settings):
    """Which engine, and what it may use. DuckDB spills to disk beyond memory_limit."""

    name: Literal["duckdb"] = "duckdb"
    memory_limit: str = "2GB"
    threads: PositiveInt = 2


def connect(params: EngineParams) -> Backend:
    """A fresh in-memory DuckDB session in UTC."""
    connection = ibis.duckdb.connect(
        threads=params.threads,
        memory_limit=params.memory_limit,
        temp_directory=tempfile.gettempdir(),
    )
    connection.raw_sql("SET TimeZone = 'UTC'")
    return connection
