"""Balances at the days' ends, and the rhythm of the days on which money moved."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from src.features.definitions.conditions import Filter
from src.features.definitions.recent import DailyCash, Rhythm, Timing
from tests.support.example_counts import few
from tests.support.features.definition_contract import hold_to_oracle, spec_of
from tests.support.ledgers.handmade import MICROSECOND, spine_of

AS_OF = datetime(2024, 6, 1)
RENT = Filter(name="rent", categories=("rent",))
SPEC = spec_of(
    *(
        DailyCash(how=how, days=days)
        for how in ("mean", "minimum", "low", "negative", "spread", "drawdown")
        for days in (1, 7, 30)
    ),
    *(Rhythm(how=how, days=days) for how in ("active", "quiet", "gap_cv") for days in (7, 30)),
    *(
        Timing(direction=way, days=30, only=only)
        for way in ("inflow", "outflow")
        for only in (None, RENT)
    ),
)


def moves():
    """Movements at and around the ends of the last days."""
    return st.lists(
        st.builds(
            lambda day, nudge, amount, kind, category, channel: {
                "customer_id": "ada",
                "occurred_at": AS_OF - timedelta(days=day) + nudge * MICROSECOND,
                "amount_minor": amount,
                "kind": kind,
                "category": category,
                "channel": channel,
            },
            day=st.integers(0, 32),
            nudge=st.sampled_from([-1, 0, 1, 10**9]),
            amount=st.integers(-3000, 5000),
            kind=st.sampled_from(["deposit", "purchase", "interest"]),
            category=st.sampled_from(["rent", None]),
            channel=st.sampled_from(["mobile", "system", None]),
        ),
        max_size=12,
    )


@few(12)
@given(moves(), st.none() | st.tuples(st.integers(0, 40), st.integers(-5000, 5000)))
def test_daily_cash_rhythm_and_timing_equal_the_slow_oracle(drawn, stated):
    balances = (
        []
        if stated is None
        else [
            {
                "customer_id": "ada",
                "account_id": "A1",
                "as_of": AS_OF - timedelta(days=stated[0]),
                "asset_class": "cash",
                "amount_minor": stated[1],
            }
        ]
    )
    rows = {"transactions": drawn, "balances": balances}
    hold_to_oracle(rows, spine_of(("ada", AS_OF), ("nobody", AS_OF)), SPEC)


def moved(days, amount):
    return {
        "customer_id": "ada",
        "occurred_at": AS_OF - timedelta(days=days, hours=-1),
        "amount_minor": amount,
        "kind": "deposit" if amount > 0 else "purchase",
    }


def test_the_mean_daily_balance_weighs_each_balance_by_its_days():
    rows = {"transactions": [moved(100, 10_000), moved(3, -9_500)]}
    built = hold_to_oracle(rows, spine_of(("ada", AS_OF)), SPEC).iloc[0]
    assert built["cash_mean_7d"] == (3 * 5 + 4 * 100) / 7
    assert built["cash_low_7d"] == 3
    assert built["cash_drawdown_7d"] == 0.95


def test_a_clockwork_has_no_irregularity_and_quiet_days_run_up_to_the_snapshot():
    rows = {"transactions": [moved(day, 100) for day in (11, 16, 21, 26)]}
    built = hold_to_oracle(rows, spine_of(("ada", AS_OF)), SPEC).iloc[0]
    assert built["days_gap_cv_30d"] == 0
    assert built["days_quiet_30d"] == 10
    assert built["days_active_30d"] == 4
