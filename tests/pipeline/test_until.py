"""One date in params.yaml decides up to when features and labels learn."""

from datetime import datetime

import pyarrow.parquet as pq

from src.core.ledger import table_of_rows
from src.features.arrivals import arrivals_from
from src.features.spine import data_period, make_spine, snapshots
from tests.support.models.promotable_project import (
    CUSTOMERS,
    PATHS,
    make_project,
    set_params,
    the_run,
)


def write_moves() -> None:
    moves = [
        {
            "transaction_id": f"T{month:02d}",
            "customer_id": "C00000",
            "account_id": "A",
            "occurred_at": datetime(2024, month, 10),
            "kind": "deposit",
            "amount_minor": 100,
            "currency": "CNY",
            # what happened in May became known in July
            "known_at": datetime(2024, 7 if month == 5 else month, 11),
            "source": "test",
        }
        for month in range(1, 13)
    ]
    pq.write_table(table_of_rows("transactions", moves), PATHS.ledger / "transactions.parquet")


def test_a_later_date_adds_months_and_what_became_known_and_nothing_else(tmp_path, monkeypatch):
    make_project(tmp_path, monkeypatch)
    write_moves()
    set_params(features__snapshots__warmup_months=1, features__snapshots__every_months=1)
    found = {}
    for until in ("2024-06-01", "2024-09-01", "null"):
        set_params(until=f"'{until}'" if until != "null" else until)
        run = the_run()
        ledger = run.ledger()
        spine = make_spine(ledger, snapshots(ledger, run.params.features.snapshots))
        moves = ledger["transactions"].transaction_id.execute()
        assert len(arrivals_from(run.paths.ledger, ledger)) == CUSTOMERS
        found[until] = (data_period(ledger)[1], spine["as_of"].max(), set(moves))
    assert found["2024-06-01"] == (
        datetime(2024, 4, 11),
        datetime(2024, 4, 1),
        {"T01", "T02", "T03", "T04"},
    )
    assert found["2024-09-01"][:2] == (datetime(2024, 8, 11), datetime(2024, 8, 1))
    assert found["2024-09-01"][2] == {f"T{month:02d}" for month in range(1, 9)}
    assert found["null"][1] == datetime(2024, 12, 1)
    assert len(found["null"][2]) == 12
