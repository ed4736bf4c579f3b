"""The engine that evaluates Ibis expressions: DuckDB in this process."""

import tempfile
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from src.core.config import Settings

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


class EngineParams(Settings):
    """What evaluates features, labels and batch scores."""

    name: Literal["duckdb"] = Field("duckdb", description="which engine")
    memory_limit: str = Field("2GB", description="beyond it the engine spills to disk")
    threads: int = Field(2, gt=0, description="threads of the engine")


def connect(params: EngineParams) -> "Backend":
    """A fresh in-memory DuckDB session in UTC."""
    import ibis  # slow to load: stages that read nothing but parameters do without

    connection = ibis.duckdb.connect(
        threads=params.threads,
        memory_limit=params.memory_limit,
        temp_directory=tempfile.gettempdir(),
    )
    connection.raw_sql("SET TimeZone = 'UTC'")
    return connection
