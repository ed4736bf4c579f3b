"""A ledger opens whole, or says which table is wrong and how to mend it."""

from datetime import datetime

import pyarrow as pa
import pytest

from src.core.engine import EngineParams, connect
from src.core.errors import LedgerError
from src.core.files import write_parquet
from src.core.ledger import ledger_from_arrow, open_ledger
from src.core.schemas import LEDGER


@pytest.fixture
def backend():
    return connect(EngineParams(memory_limit="256MB", threads=1))


@pytest.fixture
def folder(tmp_path):
    for name, table in LEDGER.items():
        write_parquet(tmp_path / f"{name}.parquet", table.arrow.empty_table())
    return tmp_path


def prices(*days):
    row = {"product_id": "p", "close": 1.5, "source": "test"}
    rows = [{**row, "date": day, "known_at": day} for day in days]
    return pa.Table.from_pylist(rows, schema=LEDGER["prices"].arrow)


def test_a_whole_ledger_opens_with_all_nine_tables(folder, backend):
    write_parquet(folder / "prices.parquet", prices(datetime(2024, 1, 1), datetime(2024, 1, 2)))
    ledger = open_ledger(folder, backend)
    assert set(ledger.tables) == set(LEDGER)
    assert ledger["prices"].count().execute() == 2
    assert ledger["transactions"].count().execute() == 0


def test_times_come_back_as_they_were_written(folder, backend):
    instant = datetime(2024, 1, 1, 23, 59, 59, 999_999)
    write_parquet(folder / "prices.parquet", prices(instant))
    assert open_ledger(folder, backend)["prices"].date.max().execute() == instant


def test_a_missing_table_names_its_file_and_the_stage_to_run(folder, backend):
    (folder / "prices.parquet").unlink()
    with pytest.raises(LedgerError, match=r"prices\.parquet: no such file.*dvc repro integrate"):
        open_ledger(folder, backend)


def test_a_damaged_table_names_its_file_and_the_stage_to_run(folder, backend):
    (folder / "prices.parquet").write_bytes(b"PAR1 half a table")
    with pytest.raises(LedgerError, match=r"prices\.parquet: not readable.*dvc repro integrate"):
        open_ledger(folder, backend)


def test_a_column_of_another_type_says_what_was_found_and_expected(folder, backend):
    table = prices(datetime(2024, 1, 1))
    where = table.schema.get_field_index("close")
    write_parquet(
        folder / "prices.parquet", table.set_column(where, "close", pa.array([1], pa.int64()))
    )
    with pytest.raises(LedgerError, match="column 'close' is int64, expected double"):
        open_ledger(folder, backend)


def test_a_missing_and_an_unknown_column_are_both_named(folder, backend):
    table = prices(datetime(2024, 1, 1)).rename_columns({"close": "closing"})
    write_parquet(folder / "prices.parquet", table)
    with pytest.raises(LedgerError) as caught:
        open_ledger(folder, backend)
    assert "column 'close' is missing, expected double" in str(caught.value)
    assert "column 'closing' is unknown" in str(caught.value)


def test_columns_in_another_order_are_refused(folder, backend):
    table = prices(datetime(2024, 1, 1))
    write_parquet(folder / "prices.parquet", table.select(table.column_names[::-1]))
    with pytest.raises(LedgerError, match="columns are in another order"):
        open_ledger(folder, backend)


def test_a_ledger_in_memory_has_empty_tables_for_those_not_given(backend):
    ledger = ledger_from_arrow({"prices": prices(datetime(2024, 1, 1))}, backend)
    assert ledger["prices"].count().execute() == 1
    assert ledger["customers"].count().execute() == 0


def test_a_second_ledger_on_one_session_does_not_see_the_first(backend):
    ledger_from_arrow({"prices": prices(datetime(2024, 1, 1))}, backend)
    assert ledger_from_arrow({}, backend)["prices"].count().execute() == 0


def test_an_unknown_table_in_memory_is_refused(backend):
    with pytest.raises(LedgerError, match="'trades' is no ledger table"):
        ledger_from_arrow({"trades": prices()}, backend)


def test_the_session_thinks_in_utc(backend):
    assert backend.raw_sql("SELECT current_setting('TimeZone')").fetchone()[0] == "UTC"
