"""Customer asset size out of the messy extracts, held to the simulator's sealed truth."""

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from src.core.engine import EngineParams, connect
from src.core.ledger import Ledger, open_ledger, with_hindsight
from src.features.asset_advance import advance
from src.features.asset_state import first_state, state_sizes
from src.features.assets import asset_size
from tests.sources.truth import persons_of_customers, read_truth

KEYS = ["customer_id", "as_of"]
YUAN = 100


@pytest.fixture(scope="module")
def ledger(simulated: Path) -> Ledger:
    return open_ledger(simulated / "ledger", connect(EngineParams(threads=1)))


@pytest.fixture(scope="module")
def compared(simulated: Path, ledger: Ledger) -> pd.DataFrame:
    """Every standing customer at every month start of the truth: computed and true."""
    truth = read_truth(simulated / "truth")
    true = truth.months.merge(persons_of_customers(truth, simulated / "vault"), on="person")
    true = true.astype({"customer_id": "str", "as_of": "datetime64[us]"})
    found = asset_size(with_hindsight(ledger), true[KEYS].drop_duplicates())
    return found.merge(true, on=KEYS, suffixes=("", "_true"))


def test_with_hindsight_every_complete_customer_is_within_one_yuan_of_the_truth(compared):
    complete = compared[compared["complete"]]
    assert len(complete) > 3_000
    apart = (complete["asset_minor"] - complete["asset_minor_true"]).abs()
    worst = complete.loc[apart.nlargest(3).index, [*KEYS, "asset_minor", "asset_minor_true"]]
    assert (apart <= YUAN).all(), worst.to_string()


def test_who_is_not_complete_is_told_why(compared):
    assert compared["complete"].mean() > 0.9
    assert compared["why_incomplete"].notna().equals(~compared["complete"])


def test_a_state_advanced_over_corrections_and_merges_equals_the_full_computation(ledger):
    state = first_state()
    for instant in (datetime(2023, 7, 1), datetime(2024, 6, 30), datetime(2024, 7, 1)):
        state = advance(ledger, state, instant)
    assert state == advance(ledger, first_state(), datetime(2024, 7, 1))
    sizes = state_sizes(ledger, state)
    pd.testing.assert_frame_equal(sizes, asset_size(ledger, sizes[KEYS]), check_exact=True)
