"""Parquet deliveries stay views, and are held to their types."""

from datetime import datetime

import pandas as pd
import pytest

from src.core.errors import SourceError
from tests.support.sources.one_file import COLUMNS


def test_parquet_deliveries_stay_a_view_and_are_typed(files):
    for month, days in (("01", ["01.02.2020", "x"] + [None] * 3), ("02", ["02.02.2020"])):
        frame = pd.DataFrame({"id": range(len(days)), "day": days, "amount": 2})
        frame.to_parquet(files.folder / f"f_2021{month}01.parquet")
    declared = {
        "path": "f_*.parquet",
        "delivered": "%Y%m%d",
        "format": "parquet",
        "columns": COLUMNS,
    }
    accounts = files.read({"f": declared})
    assert [account.rows for account in accounts] == [5, 1]
    assert files.rows("SELECT view_name FROM duckdb_views() WHERE view_name = 'f'")
    found = files.rows("SELECT _row, _line, _unreadable, id, day FROM f ORDER BY _row")
    assert found[:2] == [(1, 1, None, "0", datetime(2020, 2, 1)), (2, 2, ["day"], "1", None)]
    assert found[5] == (6, 1, None, "0", datetime(2020, 2, 2))


def test_a_parquet_column_of_another_type_is_an_error(files):
    pd.DataFrame({"id": ["A"], "day": [1.5], "amount": [1]}).to_parquet(files.folder / "f.parquet")
    with pytest.raises(SourceError, match="column 'day' has type DOUBLE; expected a date"):
        files.read({"f": {"path": "f.parquet", "format": "parquet", "columns": COLUMNS}})


def test_a_cut_parquet_file_is_an_error_with_the_remedy(files):
    frame = pd.DataFrame({"id": ["A"], "day": [None], "amount": [1]})
    path = files.folder / "f.parquet"
    frame.to_parquet(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(SourceError, match=r"f\.parquet: not readable as parquet.*it may be cut"):
        files.read({"f": {"path": "f.parquet", "format": "parquet", "columns": COLUMNS}})
