"""Features of a spine that is larger than this process's memory: slice by slice to a file."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from src.core.files import replacing_file
from src.core.ledger import Ledger
from src.features.build import feature_query
from src.features.run import run_slices
from src.features.spec import FeatureSpec
from src.features.spine import sorted_spine


def write_features(ledger: Ledger, spine: pd.DataFrame, spec: FeatureSpec, path: Path) -> int:
    """Write what `build_features` returns to `path`, and return its rows: the same rows and
    columns, a customer's together and not in the order of as_of. Raises as build_features.
    """
    keys = sorted_spine(spine)
    names = [pa.field(name, pa.float64()) for name in spec.names]
    schema = pa.schema([("customer_id", pa.string()), ("as_of", pa.timestamp("us")), *names])
    slices = run_slices(ledger, keys, ("features", spec.digest), lambda p: feature_query(p, spec))
    with replacing_file(path) as aside, pq.ParquetWriter(aside, schema, compression="zstd") as out:
        for part in slices:
            rows = pa.Table.from_pandas(keys.iloc[part["row"].to_numpy()], preserve_index=False)
            out.write_table(
                pa.Table.from_arrays(
                    [*rows.cast(pa.schema(list(schema)[:2])).columns, *part.columns[1:]],
                    schema=schema,
                )
            )
    return len(keys)
