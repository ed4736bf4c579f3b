"""A ledger opens whole, or says which table is wrong and how to mend it."""

from datetime import datetime

import pyarrow as pa
import pytest

from src.core.engine import EngineParams, connect
from src.core.errors import LedgerError
from src.core.files import write_parquet
from src.core.ledger import known_before, ledger_from_arrow, open_ledger, with_hindsight
from src.core.schemas import LEDGER, TABLES


@pytest.fixture
def backend():
    return connect(EngineParams(memory_limit="256MB", threads=1))


@pytest.fixture
def folder(tmp_path):
    for name, table in TABLES.items():
        write_parquet(tmp_path / f"{name}.parquet", table.arrow.empty_table())
    return tmp_path


def prices(*days):
    row = {"product_id": "p", "close": 1.5, "source": "test"}
    rows = [{**row, "date": day, "known_at": day} for day in days]
    return pa.Table.from_pylist(rows, schema=LEDGER["prices"].arrow)


def test_a_whole_ledger_opens_with_all_nine_tables_and_what_they_lack(folder, backend):
    write_parquet(folder / "prices.parquet", prices(datetime(2024, 1, 1), datetime(2024, 1, 2)))
    ledger = open_ledger(folder, backend)
    assert set(ledger.tables) == set(TABLES)
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


def close(price, known_at, known_until=None):
    return {
        "product_id": "p",
        "date": datetime(2024, 1, 1),
        "close": price,
        "source": "test",
        "known_at": known_at,
        "known_until": known_until,
    }


CORRECTED = [
    close(1.0, datetime(2024, 1, 2), datetime(2024, 1, 5)),
    close(2.0, datetime(2024, 1, 5), datetime(2024, 1, 9)),
    close(3.0, datetime(2024, 1, 9)),
]


def prices_of(ledger):
    rows = ledger["prices"].order_by("known_at").to_pyarrow().to_pylist()
    return [(row["close"], row["known_at"].day, row["known_until"]) for row in rows]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (2, []),
        (5, [(1.0, 2, None)]),
        (6, [(1.0, 2, datetime(2024, 1, 5)), (2.0, 5, None)]),
        (9, [(1.0, 2, datetime(2024, 1, 5)), (2.0, 5, None)]),
    ],
)
def test_a_ledger_as_it_stood_has_what_was_known_before_and_no_end_of_later(backend, day, expected):
    table = pa.Table.from_pylist(CORRECTED, schema=LEDGER["prices"].arrow)
    ledger = ledger_from_arrow({"prices": table}, backend)
    assert prices_of(known_before(ledger, datetime(2024, 1, day))) == expected
    assert len(prices_of(ledger)) == 3


def test_hindsight_has_what_stands_known_from_when_it_happened(backend):
    table = pa.Table.from_pylist(CORRECTED, schema=LEDGER["prices"].arrow)
    ledger = ledger_from_arrow({"prices": table}, backend)
    assert prices_of(with_hindsight(ledger)) == [(3.0, 1, None)]
    stood = known_before(ledger, datetime(2024, 1, 6))
    assert prices_of(with_hindsight(stood)) == [(2.0, 1, None)]


def test_a_statement_is_seen_at_its_own_date_with_hindsight(backend):
    row = {
        "customer_id": "c",
        "as_of": datetime(2024, 1, 1),
        "source": "test",
        "known_at": datetime(2024, 2, 1),
    }
    table = pa.Table.from_pylist([row], schema=LEDGER["balances"].arrow)
    ledger = with_hindsight(ledger_from_arrow({"balances": table}, backend))
    assert ledger["balances"].known_at.max().execute() == datetime(2023, 12, 31, 23, 59, 59, 999999)


def test_customers_and_products_keep_when_they_were_known_with_hindsight(backend):
    row = {
        "product_id": "p",
        "asset_class": "bond",
        "currency": "CNY",
        "source": "test",
        "known_at": datetime(2024, 2, 1),
    }
    table = pa.Table.from_pylist([row], schema=LEDGER["products"].arrow)
    ledger = with_hindsight(ledger_from_arrow({"products": table}, backend))
    assert ledger["products"].known_at.max().execute() == datetime(2024, 2, 1)


def test_the_session_thinks_in_utc(backend):
    assert backend.raw_sql("SELECT current_setting('TimeZone')").fetchone()[0] == "UTC"
