"""The ledger's schemas are whole: keys, types, allowed values."""

import ibis.expr.datatypes as dt
import pyarrow as pa
import pytest

from src.core.schemas import ASSET_CLASSES, LEDGER, TASKS, TRANSACTION_KINDS

NAMES = (
    "customers products prices fx_rates transactions balances questionnaires interactions labels"
)
TABLES = list(LEDGER.values())


def test_the_ledger_has_the_nine_canonical_tables():
    assert list(LEDGER) == NAMES.split()
    assert all(name == table.name for name, table in LEDGER.items())


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_each_table_is_consistent_with_itself(table):
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))
    assert set(table.key) <= set(names)
    assert all(column.meaning for column in table.columns)
    for name in ("source", "known_at"):
        assert table.column(name).required


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_times_are_naive_microseconds_and_money_is_64_bit_integers(table):
    for column in table.columns:
        arrow = table.arrow.field(column.name).type
        if column.type == "time":
            assert arrow == pa.timestamp("us")
            assert table.ibis[column.name] == dt.Timestamp(scale=6)
        if column.name.endswith("_minor"):
            assert arrow == pa.int64()


def test_closed_lists_are_those_of_the_design():
    assert LEDGER["transactions"].column("kind").allowed == TRANSACTION_KINDS
    assert LEDGER["products"].column("asset_class").allowed == ASSET_CLASSES
    assert LEDGER["balances"].column("asset_class").allowed == ASSET_CLASSES
    assert LEDGER["labels"].column("task").allowed == TASKS
    assert len(TRANSACTION_KINDS) == len(set(TRANSACTION_KINDS)) == 14
    assert len(ASSET_CLASSES) == len(set(ASSET_CLASSES)) == 14


def test_a_column_that_does_not_exist_is_a_key_error():
    assert LEDGER["prices"].column("close").type == "number"
    with pytest.raises(KeyError, match="no_such_column"):
        LEDGER["prices"].column("no_such_column")
