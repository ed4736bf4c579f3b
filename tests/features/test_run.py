"""A row of the spine comes out once, or the build stops and says where to look."""

import pytest

from src.core.errors import FeatureError
from src.core.schemas import LEDGER
from src.features.build import build_features
from src.features.run import run_over_spine
from src.features.unique_keys import DIMENSIONS
from tests.features.test_build import AS_OF
from tests.support.features.specs import SPEC
from tests.support.ledgers.handmade import small_ledger, spine_of

ROWS = {
    "products": {"product_id": "P", "asset_class": "bond"},
    "customers": {"customer_id": "a"},
    "questionnaires": {"customer_id": "a", "completed_at": AS_OF, "risk_level": 2},
    "prices": {"product_id": "P", "date": AS_OF, "close": 1.0},
    "fx_rates": {"currency": "USD", "date": AS_OF, "rate": 7.0},
    "balances": {"customer_id": "a", "account_id": "A1", "as_of": AS_OF, "amount_minor": 5},
}


@pytest.mark.parametrize("table", DIMENSIONS)
def test_a_version_that_occurs_twice_is_refused_by_table_and_key(table):
    key = str(ROWS[table][LEDGER[table].key[0]])
    with pytest.raises(FeatureError, match=rf"^{table}: key \(.*known_at\) = \({key}.* twice"):
        build_features(small_ledger(**{table: [ROWS[table]] * 2}), spine_of(("a", AS_OF)), SPEC)


@pytest.mark.parametrize("table", DIMENSIONS)
def test_versions_of_one_key_that_are_known_at_once_do_not_fan_out(table):
    late = ROWS[table] | {"known_at": AS_OF.replace(year=AS_OF.year - 1)}
    twice = [late, late | {"known_at": AS_OF.replace(month=1)}]
    moves = [{"customer_id": "a", "occurred_at": AS_OF.replace(month=2), "product_id": "P"}]
    tables = {"products": [ROWS["products"]], "transactions": moves, table: twice}
    built = build_features(small_ledger(**tables), spine_of(("a", AS_OF)), SPEC)
    assert len(built) == 1


def test_a_plan_whose_join_fans_out_is_stopped_with_the_row():
    def fan_out(plan):
        return plan.spine.join(plan["transactions"], "customer_id").select("row", "amount_minor")

    moves = [{"customer_id": "b", "occurred_at": AS_OF, "amount_minor": 1}] * 2
    with pytest.raises(FeatureError, match=r"'b', as_of 2024-06-01 .* came out 2 times"):
        run_over_spine(small_ledger(transactions=moves), spine_of(("b", AS_OF)), "fan", fan_out)


def test_a_plan_that_loses_a_row_is_stopped_with_the_row():
    def lose(plan):
        return plan.spine.filter(plan.spine.customer_id == "a").select("row")

    with pytest.raises(FeatureError, match=r"'b', as_of 2024-06-01 .* came out 0 times"):
        run_over_spine(small_ledger(), spine_of(("a", AS_OF), ("b", AS_OF)), "lose", lose)
