"""Rows by code and time, however they stand."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from src.features.sorted_rows import by_time
from tests.support.example_counts import few

ROWS = st.lists(
    st.tuples(st.integers(0, 2**40) | st.integers(0, 70_000) | st.integers(0, 3), st.integers(0, 9))
)


@few(60)
@given(ROWS)
def test_rows_stand_by_code_and_time_and_those_of_one_instant_as_they_did(rows):
    codes = np.array([code for code, _ in rows], dtype=np.int64)
    columns = {
        "occurred_at": pa.array([time for _, time in rows], pa.int64()),
        "n": pa.array(range(len(rows)), pa.int64()),
    }
    found = by_time(columns, codes)["n"].to_pylist()
    assert found == sorted(range(len(rows)), key=lambda n: (*rows[n], n))
