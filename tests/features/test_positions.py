"""What was held earlier, for customers of whom statements alone tell it."""

from datetime import datetime, timedelta

import pytest

from src.features.build import build_features
from src.features.definitions.state import Holding
from src.features.spec import FeatureSpec
from tests.support.features.specs import feature
from tests.support.ledgers.handmade import small_ledger, spine_of

AS_OF = datetime(2024, 6, 1)
DAY = timedelta(days=1)
SPEC = FeatureSpec((feature(Holding(how="value")), feature(Holding(how="value_before", days=90))))


def stated(days_before, units, account="A"):
    at = AS_OF - days_before * DAY
    known = {"known_at": at - DAY}
    return {
        "customer_id": "a",
        "account_id": account,
        "as_of": at,
        "amount_minor": units * 100,
        **known,
    }


def moved(days_before, units, account="A"):
    at = AS_OF - days_before * DAY
    return {
        "customer_id": "a",
        "account_id": account,
        "occurred_at": at,
        "amount_minor": units * 100,
    }


@pytest.mark.parametrize(
    ("statements", "movements", "now", "before"),
    [
        pytest.param([(100, 7), (60, 5), (0, 2)], [], 2, 7, id="the statement of then"),
        pytest.param([(90, 7), (0, 2)], [], 2, 7, id="one of that very instant"),
        pytest.param([(89, 7), (0, 2)], [], 2, 2, id="none so old and no movements: unchanged"),
        pytest.param([(89, 7), (0, 2)], [(10, -4)], 2, 6, id="none so old: now less movements"),
        pytest.param([(100, 7), (0, 2)], [(95, 1), (90, 8), (10, -4)], 2, 8, id="then, not since"),
        pytest.param([(100, 7)], [(100, 1), (95, 1), (101, 9), (5, 3)], 12, 9, id="one for both"),
        pytest.param([], [(95, 1), (10, -4)], -3, 1, id="movements alone"),
    ],
)
def test_the_value_of_earlier_is_what_was_stated_and_moved_by_then(
    statements, movements, now, before
):
    ledger = small_ledger(
        balances=[stated(*each) for each in statements],
        transactions=[moved(*each) for each in movements],
    )
    found = build_features(ledger, spine_of(("a", AS_OF)), SPEC).iloc[0]
    assert found["holding_value"] == now
    assert found["holding_value_before_90d"] == before


def test_each_account_has_its_own_statement_of_then():
    rows = [stated(100, 7), stated(0, 2), stated(0, 40, "B")]
    ledger = small_ledger(balances=rows, transactions=[moved(3, 30, "B")])
    found = build_features(ledger, spine_of(("a", AS_OF)), SPEC).iloc[0]
    assert (found["holding_value"], found["holding_value_before_90d"]) == (42, 7 + 10)
