"""A file to which rows are added in pieces has the bytes of one that got them whole."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from src.features.growing_file import GROUP_ROWS, GrowingFile

SCHEMA = pa.schema([("customer_id", pa.string()), ("figure", pa.float64())])
ROWS = 2 * GROUP_ROWS + 77


def rows():
    names = [f"customer-{number:06}" for number in range(ROWS)]
    figures = np.where(np.arange(ROWS) % 7 == 3, np.nan, np.sqrt(np.arange(ROWS)))
    return pa.table([names, figures], schema=SCHEMA)


def written(path, pieces):
    file, start = GrowingFile(path, SCHEMA), 0
    for end in (*pieces, ROWS):
        file.add(rows().slice(start, end - start))
        start = end
    file.close()
    return path.read_bytes()


@pytest.mark.parametrize("pieces", [[5], [GROUP_ROWS], [GROUP_ROWS - 1, GROUP_ROWS + 1, 9_999]])
def test_the_pieces_leave_no_trace(tmp_path, pieces):
    assert written(tmp_path / "b" / "pieces", pieces) == written(tmp_path / "a" / "whole", [])


def test_what_was_added_is_read_back_in_its_order_unknown_where_it_is_no_number(tmp_path):
    written(tmp_path / "file", [100])
    found = pq.read_table(tmp_path / "file")
    assert found["customer_id"].to_pylist() == rows()["customer_id"].to_pylist()
    assert found["figure"].null_count == len([n for n in range(ROWS) if n % 7 == 3])
    assert pq.ParquetFile(tmp_path / "file").num_row_groups == 3


def test_nothing_added_leaves_the_columns(tmp_path):
    GrowingFile(tmp_path / "file", SCHEMA).close()
    assert pq.read_table(tmp_path / "file").schema.equals(SCHEMA)
