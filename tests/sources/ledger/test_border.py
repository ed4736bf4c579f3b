"""The pandera border lets no row into the ledger that breaks its schema."""

from datetime import datetime

import pyarrow as pa
import pytest

from src.core.errors import LedgerError
from src.core.schemas import LEDGER
from src.sources.ledger.border import check_batch

GOOD = {
    "customer_id": "A",
    "completed_at": datetime(2024, 1, 1),
    "risk_level": 3,
    "valid_until": None,
    "answers": None,
    "source": "test",
    "known_at": datetime(2024, 1, 1),
}


def _batch(**changes):
    return pa.Table.from_pylist([GOOD, GOOD | changes], schema=LEDGER["questionnaires"].arrow)


def test_rows_within_the_schema_pass_unchanged():
    assert check_batch("questionnaires", _batch()).equals(_batch())


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"risk_level": 6}, "risk_level"),
        ({"risk_level": 0}, "risk_level"),
        ({"customer_id": None}, "customer_id"),
    ],
)
def test_a_row_outside_the_schema_is_refused_by_table_and_column(changes, column):
    with pytest.raises(LedgerError, match=rf"questionnaires: column '{column}'"):
        check_batch("questionnaires", _batch(**changes))


@pytest.mark.parametrize("table", sorted(LEDGER))
def test_an_empty_table_passes(table):
    assert len(check_batch(table, LEDGER[table].arrow.empty_table())) == 0
