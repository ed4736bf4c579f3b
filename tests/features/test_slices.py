"""A build in many slices, in little memory, and to a file, beside the build in one."""

from datetime import timedelta

import pandas as pd
import pytest

from src.core.engine import EngineParams, connect
from src.core.ledger import ledger_from_arrow
from src.features import slices
from src.features.build import build_features
from src.features.to_parquet import write_features
from tests.features.specs import SPEC
from tests.features.test_build import AS_OF
from tests.ledgers import arrow_of, small_ledger, spine_of


def tables(customers=40):
    """Movements, statements and questionnaires of some customers, two of them corrected."""
    moves, stated, declared = [], [], []
    for number in range(customers):
        who = f"c{number:03}"
        for step in range(12):
            moves.append(
                {
                    "transaction_id": f"T{number}-{step}",
                    "customer_id": who,
                    "occurred_at": AS_OF - timedelta(days=11 * step + number % 7, hours=1),
                    "amount_minor": (number + 1) * 100 - 900 * step,
                    "kind": "buy" if step % 5 == 0 else "deposit",
                    "product_id": "FUND" if step % 5 == 0 else None,
                    "quantity": 2.0 if step % 5 == 0 else None,
                    "channel": "mobile",
                    "category": "salary" if step % 4 == 0 else None,
                }
            )
        stated.append({"customer_id": who, "as_of": AS_OF - timedelta(days=90), "account_id": "A1"})
        stated[-1]["amount_minor"] = 10_000 * number
        declared.append({"customer_id": who, "completed_at": AS_OF - timedelta(days=number + 1)})
        declared[-1]["risk_level"] = 1 + number % 5
    return {
        "transactions": moves,
        "balances": stated,
        "questionnaires": declared,
        "products": [{"product_id": "FUND", "asset_class": "bond_fund", "risk_grade": 2}],
        "prices": [{"product_id": "FUND", "date": AS_OF - timedelta(days=200), "close": 3.0}],
        "customers": [{"customer_id": f"c{n:03}"} for n in range(customers)],
    }


def spine(customers=40):
    days = (0, 30, 60)
    return spine_of(
        *((f"c{n:03}", AS_OF - timedelta(days=d)) for n in range(customers) for d in days)
    )


@pytest.fixture
def narrow(monkeypatch):
    """Slices of few rows, whose ends part some customers' rows."""
    monkeypatch.setattr(slices, "MOST_ROWS", 25)
    monkeypatch.setattr(slices, "FEWEST_ROWS", 1)


def test_many_slices_give_what_one_gives(narrow, monkeypatch):
    ledger = small_ledger(**tables())
    assert len(slices.sliced(ledger, spine())) == 5
    sliced = build_features(ledger, spine(), SPEC)
    monkeypatch.undo()
    assert len(slices.sliced(ledger, spine())) == 1
    pd.testing.assert_frame_equal(sliced, build_features(ledger, spine(), SPEC), check_exact=True)


def test_a_small_limit_of_memory_makes_smaller_slices_and_changes_no_result(monkeypatch):
    monkeypatch.setattr(slices, "BYTES_PER_EVENT", 500_000)
    monkeypatch.setattr(slices, "FEWEST_ROWS", 1)
    content = {name: arrow_of(name, rows) for name, rows in (tables() | {"fx_rates": []}).items()}
    built = []
    for limit, most in (("120MB", 60), ("2GB", 120)):
        engine = connect(EngineParams(threads=1, memory_limit=limit))
        ledger = ledger_from_arrow(content, engine)
        assert len(slices.sliced(ledger, spine())[0]) <= most
        built.append(build_features(ledger, spine(), SPEC))
    pd.testing.assert_frame_equal(*built, check_exact=True)


def test_what_is_written_slice_by_slice_is_what_is_built(narrow, tmp_path):
    ledger, path = small_ledger(**tables()), tmp_path / "features.parquet"
    assert write_features(ledger, spine(), SPEC, path) == 120
    keys = ["as_of", "customer_id"]
    written = pd.read_parquet(path).sort_values(keys, ignore_index=True)
    built = build_features(ledger, spine(), SPEC)
    pd.testing.assert_frame_equal(
        written, built, check_exact=True, check_dtype=False, check_column_type=False
    )


def test_nothing_is_left_in_the_session_when_slices_are_done(narrow):
    ledger = small_ledger(**tables())
    build_features(ledger, spine(), SPEC)
    left = ledger.backend.con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'kehu_%'"
    ).fetchall()
    assert left == []
