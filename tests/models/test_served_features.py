"""A model whose features left the catalogue gets them by its own definitions."""

from datetime import datetime

import pandas as pd
import pytest

from src.core.engine import EngineParams, connect
from src.core.ledger import ledger_from_arrow, table_of_rows
from src.features.build import build_features
from src.models.served_features import with_features
from tests.support.models.synthetic_tasks import spec_of


def ledger():
    customers = [
        {
            "customer_id": name,
            "kind": "person",
            "joined_on": datetime(2020, 1, 1),
            "known_at": datetime(2020, 1, 1),
            "source": "test",
        }
        for name in ("C1", "C2")
    ]
    moves = [
        {
            "transaction_id": f"T{day}",
            "customer_id": "C1",
            "account_id": "A",
            "occurred_at": datetime(2024, 1, day),
            "kind": "deposit",
            "amount_minor": 100 * day,
            "currency": "CNY",
            "known_at": datetime(2024, 1, day),
            "source": "test",
        }
        for day in (1, 3, 20)
    ]
    tables = {
        "customers": table_of_rows("customers", customers),
        "transactions": table_of_rows("transactions", moves),
    }
    return ledger_from_arrow(tables, connect(EngineParams(memory_limit="500MB", threads=1)))


def test_missing_columns_are_built_and_those_that_are_there_are_not_touched():
    spec = spec_of(3)
    spine = pd.DataFrame(
        {"customer_id": ["C2", "C1"], "as_of": pd.to_datetime(["2024-02-01"] * 2).as_unit("us")}
    )
    rows = spine.assign(**{spec.names[0]: [7.0, 8.0]})
    found = with_features(rows, [spec], ledger)
    assert list(found["customer_id"]) == ["C2", "C1"]
    assert list(found[spec.names[0]]) == [7.0, 8.0]
    direct = build_features(ledger(), spine, spec).set_index("customer_id")
    for name in spec.names[1:]:
        assert list(found[name]) == list(direct.loc[["C2", "C1"], name])
    assert found[spec.names[1]].iloc[1] > 0


def test_where_nothing_is_missing_no_ledger_is_opened():
    spec = spec_of(1)
    rows = pd.DataFrame({"customer_id": ["C1"], "as_of": [0], spec.names[0]: [1.0]})

    def never():
        pytest.fail("the ledger was opened")

    assert with_features(rows, [spec], never) is rows
