"""A build in many slices, in little memory, and to a file, beside the build in one."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from src.core.engine import EngineParams, connect
from src.core.errors import FeatureError
from src.core.ledger import ledger_from_arrow, open_ledger
from src.features import divided, slices, spine_file
from src.features.build import build_features, build_slices
from src.features.spec import load_catalogue
from src.features.spine import make_spine, spine_rows
from src.features.windows import moment
from tests.benchmarks.engine.made_up import SNAPSHOTS as BANK_SNAPSHOTS
from tests.benchmarks.engine.made_up import Size, write_bank
from tests.features.test_build import AS_OF
from tests.support.features.specs import SPEC
from tests.support.ledgers.handmade import arrow_of, small_ledger, spine_of

KEYS = ["as_of", "customer_id"]


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


@pytest.mark.parametrize(
    ("few", "texts"),
    [(0, 5_000), (0, 1), (8, 5_000)],
    ids=["laid out", "with texts as they are", "held"],
)
def test_many_slices_give_what_one_gives(narrow, monkeypatch, few, texts):
    monkeypatch.setattr(divided, "FEW_SLICES", few)
    monkeypatch.setattr(divided, "MOST_TEXTS", texts)
    ledger = small_ledger(**tables())
    assert len(slices.sliced(ledger, spine())) == 6
    sliced = build_features(ledger, spine(), SPEC)
    monkeypatch.undo()
    assert len(slices.sliced(ledger, spine())) == 1
    pd.testing.assert_frame_equal(sliced, build_features(ledger, spine(), SPEC), check_exact=True)


def test_a_small_limit_of_memory_makes_smaller_slices_and_changes_no_result(monkeypatch):
    monkeypatch.setattr(slices, "BYTES_PER_EVENT", 1_200_000)
    monkeypatch.setattr(slices, "FEWEST_ROWS", 1)
    content = {name: arrow_of(name, rows) for name, rows in (tables() | {"fx_rates": []}).items()}
    built = []
    for limit, most in (("300MB", 80), ("2GB", 120)):
        engine = connect(EngineParams(threads=1, memory_limit=limit))
        ledger = ledger_from_arrow(content, engine)
        assert len(slices.sliced(ledger, spine())[0]) <= most
        built.append(build_features(ledger, spine(), SPEC))
    pd.testing.assert_frame_equal(*built, check_exact=True)


@pytest.mark.parametrize("group", [7, 2_048])
def test_a_spine_in_a_file_is_built_as_one_of_this_process(narrow, monkeypatch, group):
    monkeypatch.setattr(spine_file, "GROUP_ROWS", group)
    ledger, days = small_ledger(**tables()), [AS_OF - timedelta(days=d) for d in (0, 30, 60)]
    with spine_file.spine_file(ledger, spine_rows(ledger, days)) as file:
        sizes = [len(rows) for rows in file]
        parts = [rows.to_pandas() for _, rows in build_slices(ledger, file, SPEC)]
    built = build_features(ledger, make_spine(ledger, days), SPEC)
    assert max(sizes) <= 25
    assert sum(sizes) == len(built) > 100
    pd.testing.assert_frame_equal(
        pd.concat(parts).sort_values(KEYS, ignore_index=True), built, check_exact=True
    )


def test_a_row_twice_in_a_spine_on_the_engine_is_refused():
    ledger = small_ledger(**tables())
    twice = ledger["transactions"].select("customer_id", as_of=moment(AS_OF))
    message = r"spine: customer_id 'c000', as_of 2024.* twice"
    with pytest.raises(FeatureError, match=message), spine_file.spine_file(ledger, twice):
        pass


def test_a_limit_far_below_what_the_features_take_is_kept_and_enough(tmp_path):
    write_bank(tmp_path, Size(customers=60, transactions=12_000))
    built = []
    for limit in ("60MB", "2GB"):
        ledger = open_ledger(tmp_path, connect(EngineParams(memory_limit=limit)))
        spec = load_catalogue(Path("configs/features.yaml"))
        built.append(build_features(ledger, make_spine(ledger, BANK_SNAPSHOTS), spec))
    pd.testing.assert_frame_equal(*built, check_exact=True)


def test_nothing_is_left_in_the_session_when_slices_are_done(narrow):
    ledger = small_ledger(**tables())
    build_features(ledger, spine(), SPEC)
    left = ledger.backend.con.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'kehu_%'"
    ).fetchall()
    assert left == []
