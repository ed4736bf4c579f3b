"""Customer asset size out of the messy extracts, held to the simulator's sealed truth."""

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from src.core.engine import EngineParams, connect
from src.core.ledger import open_ledger
from src.features.asset_advance import advance
from src.features.asset_state import first_state, state_sizes
from src.features.assets import asset_size
from tests.support.bank.asset_truth import KEYS, YUAN, beside_truth
from tests.support.bank.sealed_truth import read_truth


@pytest.fixture(scope="module")
def compared(simulated: Path) -> pd.DataFrame:
    return beside_truth(simulated)


def test_with_hindsight_every_complete_customer_is_within_one_yuan_of_the_truth(compared):
    complete = compared[compared["complete"]]
    assert len(complete) > 3_000
    worst = complete.loc[complete["apart"].nlargest(3).index]
    assert (complete["apart"] <= YUAN).all(), worst.to_string()


def test_every_month_of_every_person_is_compared_with_one_customer(simulated, compared):
    months = read_truth(simulated / "truth").months
    with_account = compared[compared["has_account"]]
    assert len(with_account) == len(months)
    assert with_account.groupby("person")["customer_id"].nunique().eq(1).all()


def test_a_customer_without_an_account_is_a_record_apart_and_holds_nothing(compared):
    apart = compared[~compared["has_account"]]
    assert apart["customer_id"].nunique() < 0.06 * compared["customer_id"].nunique()
    assert (apart["why_incomplete"] == "nothing_known").all()
    assert (apart["asset_minor"] == 0).all()
    owners = compared.loc[compared["has_account"], "person"]
    assert set(apart["person"]) <= set(owners)


def test_who_is_not_complete_is_told_why(compared):
    with_account = compared[compared["has_account"]]
    assert with_account["complete"].mean() > 0.9
    assert compared["why_incomplete"].notna().equals(~compared["complete"])


def test_a_state_advanced_over_corrections_and_merges_equals_the_full_computation(simulated):
    ledger = open_ledger(simulated / "ledger", connect(EngineParams(threads=1)))
    state = first_state()
    for instant in (datetime(2023, 7, 1), datetime(2024, 6, 30), datetime(2024, 7, 1)):
        state = advance(ledger, state, instant)
    assert state == advance(ledger, first_state(), datetime(2024, 7, 1))
    sizes = state_sizes(ledger, state)
    pd.testing.assert_frame_equal(sizes, asset_size(ledger, sizes[KEYS]), check_exact=True)
