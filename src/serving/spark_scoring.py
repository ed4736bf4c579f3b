"""Batch scores on Spark: the models broadcast, the rows scored in pandas batches over Arrow.

Each batch goes through `score_batch`, as the endpoint's rows do.
"""

import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from src.core.scratch import lasting_scratch
from src.models.bundle import Bundle, load_bundle
from src.serving.scoring import score_batch, scores_table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from src.core.engine.spark import Spark

CODE = Path(__file__).parents[1]
Files = Mapping[str, Mapping[str, bytes]]


def score_on_spark(
    engine: "Spark", features: ir.Table, folder: Path, reasons: int, currency: str
) -> "DataFrame":
    """The rows of `scores_table` for each row of `features`, as a DataFrame not yet computed.

    features: customer_id, as_of and what the bundles need. folder: of the promoted bundles, one
    folder for each task. reasons, currency: as of score_batch.
    """
    files = {
        path.name: {file.name: file.read_bytes() for file in sorted(path.iterdir())}
        for path in sorted(folder.iterdir())
        if (path / "card.json").is_file()
    }
    context = engine.session.sparkContext
    context.addPyFile(_packed_code())
    sent = context.broadcast(files)

    def scored(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        bundles = bundles_of(sent.value)
        for batch in batches:
            rows = _naive(pa.Table.from_batches([batch])).to_pandas()
            yield from scores_table(
                rows, score_batch(rows, bundles, reasons, currency)
            ).to_batches()

    schema = engine.spark_schema(_schema(bundles_of(files), reasons, currency))
    return engine.mapped(features, scored, schema)


def latest_features(features: ir.Table) -> ir.Table:
    """The last snapshot of each customer."""
    newest = ibis.window(group_by="customer_id", order_by=ibis.desc("as_of"))
    placed = features.mutate(place=ibis.row_number().over(newest))
    return placed.filter(placed.place == 0).drop("place")


_LOADED: dict[tuple[tuple[str, bytes], ...], dict[str, Bundle]] = {}


def bundles_of(files: Files) -> dict[str, Bundle]:
    """The bundles whose files these are, verified, and read once in a process."""
    key = tuple((task, content["SHA256SUMS"]) for task, content in files.items())
    if key not in _LOADED:
        with tempfile.TemporaryDirectory() as folder:
            for task, content in files.items():
                (Path(folder) / task).mkdir()
                for name, data in content.items():
                    (Path(folder) / task / name).write_bytes(data)
            _LOADED[key] = {task: load_bundle(Path(folder) / task) for task in files}
    return _LOADED[key]


def _schema(bundles: Mapping[str, Bundle], reasons: int, currency: str) -> pa.Schema:
    """The columns of scores, those of a customer of whom nothing is known."""
    names = {name for bundle in bundles.values() for name in bundle.needed}
    keys = {"customer_id": [""], "as_of": pd.to_datetime(["2000-01-01"])}
    row = pd.DataFrame(keys | {name: [np.nan] for name in sorted(names)})
    return scores_table(row, score_batch(row, bundles, reasons, currency)).schema


def _naive(table: pa.Table) -> pa.Table:
    place = table.schema.get_field_index("as_of")
    return table.set_column(place, "as_of", table["as_of"].cast(pa.timestamp("us")))


@cache
def _packed_code() -> str:
    """The project's code as a file that Spark hands to its workers."""
    packed = lasting_scratch("code") / "kehu_code.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(CODE.rglob("*.py")):
            archive.write(file, file.relative_to(CODE.parent))
    return str(packed)
