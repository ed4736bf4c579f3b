"""Spark as the engine: a session in UTC on this machine or a cluster, and tables that it keeps."""

import os
import platform
import re
import shutil
import sys
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.pyspark import Backend
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import monotonically_increasing_id
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from src.core.engine.java import find_java
from src.core.engine.spark_sql import SparkCompiler
from src.core.errors import ConfigError
from src.core.process import POLICY
from src.core.scratch import SCRATCH, lasting_scratch, remove_scratch

if TYPE_CHECKING:
    from src.core.engine import EngineParams

Batches = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]
_SIZE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([KMGT])i?B?\s*$", re.IGNORECASE)
_MEGABYTES = {"K": 1 / 1024, "M": 1, "G": 1024, "T": 1024 * 1024}
_SETTINGS = {
    **{f"spark.executorEnv.{name}": value for name, value in POLICY.items()},
    "spark.app.name": "kehu",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    # every instant is UTC at microseconds, in files as in expressions
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "zstd",
    # a sum beyond 64 bits is an error, never a wrong number
    "spark.sql.ansi.enabled": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # a step that is too wide to compile is interpreted
    "spark.sql.codegen.fallback": "true",
    # Java never compiles a method beyond 8,000 bytes: operator by operator instead, in short ones
    "spark.sql.codegen.hugeMethodLimit": "8000",
    # what holds of hundreds of columns takes longer to infer than it saves
    "spark.sql.constraintPropagation.enabled": "false",
}


class Spark(Backend):  # type: ignore[misc]
    """Ibis on a Spark session of its own: temporary tables don't meet those of another one.

    What is kept is Parquet in a folder of the session's own, which goes when the session is
    dropped: it cuts a plan into steps, holds no memory and outlives a lost executor.
    """

    compiler = SparkCompiler()

    def do_connect(self, session: SparkSession, scratch: Path | None = None) -> None:
        """Use `session`; keep steps below `scratch`, on a cluster a folder that all of it reach."""
        self.register_options()
        super().do_connect(session)
        purpose = f"kehu-spark-{platform.node()}" if scratch else "spark"
        self._folder = lasting_scratch(purpose, scratch or SCRATCH).resolve()
        weakref.finalize(self, remove_scratch, self._folder)

    @property
    def session(self) -> SparkSession:
        """PySpark's own session, for what is not an expression."""
        return self._session

    def frame(self, expression: ir.Table) -> DataFrame:
        """The expression as a PySpark DataFrame, not yet computed."""
        return self._session.sql(self.compile(expression))

    def show(self, name: str, expression: ir.Table) -> None:
        """Let `name` stand for the expression, computed wherever it is read."""
        self.frame(expression).createOrReplaceTempView(name)

    def keep(self, name: str, expression: ir.Table, number: str | None = None) -> ir.Table:
        """Compute the expression now and let `name` stand for the result.

        number: name of one more column, a whole number of its own for each row.
        """
        path = str(self._folder / name)
        frame = self.frame(expression)
        if number is not None:
            frame = frame.withColumn(number, monotonically_increasing_id())
        frame.write.mode("overwrite").parquet(path)
        self._session.read.schema(frame.schema).parquet(path).createOrReplaceTempView(name)
        schema = dict(expression.schema()) | ({} if number is None else {number: "int64"})
        return self.named(name, ibis.schema(schema))

    def named(self, name: str, schema: ibis.Schema) -> ir.Table:
        """What `name` stands for, with the types that it has by Ibis."""
        table: ir.Table = ops.DatabaseTable(name, schema=schema, source=self).to_expr()
        return table

    def given(self, name: str, table: pa.Table) -> ir.Table:
        """Let `name` stand for an Arrow table of this process."""
        with _quiet():
            self._session.createDataFrame(table).createOrReplaceTempView(name)
        return self.named(name, ibis.Schema.from_pyarrow(table.schema))

    def read(self, name: str, path: Path, schema: pa.Schema) -> ir.Table:
        """Let `name` stand for a Parquet file, or a folder of them, with the columns of `schema`;
        what the names of its folders tell beside them is left out."""
        columns = self.spark_schema(schema)
        rows = self._session.read.schema(columns).parquet(str(path.resolve()))
        rows.createOrReplaceTempView(name)
        return self.named(name, ibis.Schema.from_pyarrow(schema))

    def spark_schema(self, schema: pa.Schema) -> StructType:
        """The columns of an Arrow schema in Spark's types, times in UTC."""
        with _quiet():
            return from_arrow_schema(schema)

    def fetch(self, expression: ir.Table) -> pa.Table:
        """The rows of the expression in this process, times naive in UTC."""
        with _quiet():
            table = self.frame(expression).toArrow()
        return table.cast(arrow_schema(expression))

    def mapped(self, expression: ir.Table, change: Batches, schema: StructType) -> DataFrame:
        """The expression's rows, changed batch by batch where they are; not yet computed."""
        with _quiet():
            return self.frame(expression).mapInArrow(change, schema)

    def write(self, rows: DataFrame, folder: Path, order: Sequence[str], snapshots: bool) -> None:
        """Write `rows` as Parquet files that, read by their paths' order, are sorted by `order`.

        snapshots: whether to divide them into folders snapshot=<date> by the day of as_of, the
        first of `order`.
        """
        naive = {
            field.name: rows[field.name].cast("timestamp_ntz")
            for field in rows.schema
            if field.dataType.typeName() == "timestamp"
        }
        rows = rows.withColumns(naive).orderBy(*order)
        if snapshots:
            rows = rows.withColumn("snapshot", rows["as_of"].cast("date"))
        written = rows.write.partitionBy("snapshot") if snapshots else rows.write
        path = folder.resolve()
        written.parquet(str(path))
        if not any(path.rglob("*.parquet")):  # no rows, no folders: the columns are told at least
            empty = rows.drop("snapshot").limit(0).coalesce(1)
            empty.write.mode("overwrite").parquet(str(path))

    def drop(self, names: Iterable[str]) -> None:
        """Forget what `names` stand for, and what was kept for them."""
        for name in names:
            self._session.catalog.dropTempView(name)
            shutil.rmtree(self._folder / name, ignore_errors=True)


def arrow_schema(expression: ir.Table) -> pa.Schema:
    """The types that an expression has by Ibis, times at microseconds."""
    schema: pa.Schema = expression.schema().to_pyarrow()
    times = [field.name for field in schema if pa.types.is_timestamp(field.type)]
    for name in times:
        place = schema.get_field_index(name)
        schema = schema.set(place, schema.field(name).with_type(pa.timestamp("us")))
    return schema


@contextmanager
def _quiet() -> Iterator[None]:
    """Without PySpark's warnings of pandas 3: nothing here goes through pandas."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


def open_spark(params: "EngineParams") -> Spark:
    """A session on params.master, or on this machine with params.threads.

    The first call of a process starts Spark, with the params' memory; later ones share it. Raises
    ConfigError where no Java is that Spark runs on.
    """
    with _quiet():
        session = SparkSession.getActiveSession() or _start(params)
        engine: Spark = Spark().connect(session.newSession(), scratch=params.scratch)
    return engine


def _start(params: "EngineParams") -> SparkSession:
    os.environ["JAVA_HOME"] = str(find_java())
    builder = SparkSession.builder.master(params.master or f"local[{params.threads}]")
    settings = dict(_SETTINGS) | {"spark.driver.memory": in_megabytes(params.memory_limit)}
    settings["spark.local.dir"] = str(lasting_scratch("spark-local"))
    if params.master is None:
        os.environ["PYSPARK_PYTHON"] = sys.executable
        # a shuffle in as many parts as can run at once, and some more for rows that are unequal
        settings["spark.sql.shuffle.partitions"] = str(4 * params.threads)
        settings["spark.driver.host"] = settings["spark.driver.bindAddress"] = "127.0.0.1"
    for name, value in (settings | dict(params.options)).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def in_megabytes(size: str) -> str:
    """A size as DuckDB takes it in Spark's words.

    >>> in_megabytes("1.5GB")
    '1536m'
    """
    found = _SIZE.match(size)
    if found is None:
        raise ConfigError(
            f"engine.memory_limit: found {size!r}; expected a number with a unit, such as 2GB."
        )
    return f"{int(float(found[1]) * _MEGABYTES[found[2].upper()])}m"
