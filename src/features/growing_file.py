"""A Parquet file to which rows are added piece by piece: whatever the pieces, the same rows make
the same bytes."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

# Rows in memory before they are written, for each file that grows.
GROUP_ROWS = 8_192


class GrowingFile:
    """Row groups of GROUP_ROWS rows, the last of what remains; NaN becomes null."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        """Begin the file at `path`; its folder is made."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._held = schema.empty_table()

    def add(self, rows: pa.Table) -> None:
        """Add rows of the file's schema after those that are there."""
        self._held = pa.concat_tables([self._held, rows])
        while len(self._held) >= GROUP_ROWS:
            self._write(self._held.slice(0, GROUP_ROWS))
            self._held = self._held.slice(GROUP_ROWS)

    def close(self) -> None:
        """Write what remains, and end the file."""
        if len(self._held):
            self._write(self._held)
        self._writer.close()

    def _write(self, rows: pa.Table) -> None:
        # pieces of other sizes would end pages elsewhere
        self._writer.write_table(_without_nan(rows.combine_chunks()), row_group_size=GROUP_ROWS)


def _without_nan(rows: pa.Table) -> pa.Table:
    columns = [
        pc.if_else(pc.is_nan(column), None, column)
        if pa.types.is_floating(column.type) and pc.any(pc.is_nan(column)).as_py()
        else column
        for column in rows.columns
    ]
    return pa.Table.from_arrays(columns, schema=rows.schema)
