"""The engine that evaluates Ibis expressions: DuckDB in this process, or Spark.

Front door: `EngineParams`, `connect` (a DuckDB session), `connect_engine` (the engine that the
parameters name). `spark` and `spark_sql` hold what differs on Spark; `java` finds its Java.
It may import `src.core.config` and `src.core.errors`, nothing above `src.core`.
"""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from src.core.config import Settings
from src.core.errors import ConfigError
from src.core.scratch import SCRATCH, lasting_scratch

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from src.core.engine.spark import Spark


class EngineParams(Settings):
    """What evaluates features, labels and batch scores."""

    name: Literal["duckdb", "spark"] = Field("duckdb", description="which engine")
    memory_limit: str = Field(
        "2GB", description="beyond it the engine spills to disk; of Spark: its driver's heap"
    )
    threads: int = Field(2, gt=0, description="threads of the engine on this machine")
    master: str | None = Field(
        None, description="of Spark: URL of a cluster, such as spark://host:7077; empty: none"
    )
    scratch: Path | None = Field(
        None, description="of Spark: folder for its steps, one that a whole cluster reaches"
    )
    options: Mapping[str, str] = Field(
        {}, description="of Spark: more settings by its names, such as spark.executor.memory"
    )


def _spill() -> Path:
    """Where a session may put what its memory doesn't hold. Sessions that share a folder would
    take one another's files."""
    try:
        return lasting_scratch("engine")
    except OSError:  # where nothing can be written, as for some endpoints, a session has its memory
        return SCRATCH / "none"


def connect(params: EngineParams) -> "Backend":
    """A fresh in-memory DuckDB session in UTC."""
    import ibis  # slow to load: stages that read nothing but parameters do without

    connection = ibis.duckdb.connect(
        threads=params.threads,
        memory_limit=params.memory_limit,
        temp_directory=str(_spill()),
    )
    connection.raw_sql("SET TimeZone = 'UTC'")
    return connection


def connect_engine(params: EngineParams) -> "Backend | Spark":
    """A fresh session in UTC of the engine that params.yaml names.

    Raises ConfigError if that is Spark and PySpark or Java is missing.
    """
    if params.name == "duckdb":
        return connect(params)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # PySpark's, of pandas 3
            from src.core.engine.spark import open_spark
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"engine.name: spark needs the package {error.name}; it is not installed here. "
            "Install the extra `spark` (make setup installs all), or set engine.name: duckdb."
        ) from error
    return open_spark(params)
