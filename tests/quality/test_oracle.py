"""The measures in SQL equal slow, obvious ones in plain Python, on ledgers drawn at random."""

import math
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from src.core.stability import stability
from tests.support.example_counts import few
from tests.support.quality.ledger_folders import World
from tests.support.quality.measuring import measured, small_params
from tests.support.quality.sound_bank import DAY, MONTHS, START, core

ACCOUNTS = ("A1", "A2", None)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Customers, movements with versions, and statements; ties, gaps and orphans are common."""
    world = World()
    for month, arrived in enumerate(MONTHS):
        world.files.append({"file": core(month), "rows": 0, "delivered": arrived.isoformat()})
    for name in ("K1", "K2"):
        row = {"customer_id": name, "kind": "person", "known_at": START}
        world.add("customers", row, ("crm.csv", 1))
    for line in range(draw(st.integers(0, 25))):
        at = START + draw(st.integers(0, 60)) * DAY
        month = draw(st.integers(0, 2))
        known_at = at + draw(st.sampled_from([timedelta(), timedelta(seconds=90), 41 * DAY]))
        world.add(
            "transactions",
            {
                "transaction_id": f"T{draw(st.integers(0, 15))}",
                "customer_id": draw(st.sampled_from(["K1", "K2", "nobody"])),
                "account_id": draw(st.sampled_from(ACCOUNTS)),
                "occurred_at": at,
                "kind": "deposit",
                "amount_minor": draw(st.integers(-3, 3)),
                "channel": draw(st.sampled_from(["web", "branch", None])),
                "known_at": known_at,
                "known_until": draw(st.sampled_from([None, None, known_at + 50 * DAY])),
                "imputed": draw(st.sampled_from([None, None, "channel", "channel,account_id"])),
            },
            (core(month), line),
        )
    for _ in range(draw(st.integers(0, 12))):
        stated = {"customer_id": draw(st.sampled_from(["K1", "K2"])), "asset_class": "cash"}
        stated |= {"account_id": draw(st.sampled_from(ACCOUNTS))}
        stated |= {"as_of": START + draw(st.integers(0, 60)) * DAY, "known_at": START}
        stated |= {"amount_minor": draw(st.integers(-5, 5))}
        key = [stated[k] for k in ("customer_id", "account_id", "as_of")]
        if key not in [
            [r[k] for k in ("customer_id", "account_id", "as_of")] for r in world.rows["balances"]
        ]:
            world.add("balances", stated, ("statements.csv", 1))
    return world


def standing(rows):
    return [row for row in rows if row.get("known_until") is None]


def first_versions(rows):
    earliest: dict = {}
    for row in rows:
        key = row["transaction_id"]
        earliest[key] = min(earliest.get(key, row["known_at"]), row["known_at"])
    return [row for row in rows if row["known_at"] == earliest[row["transaction_id"]]]


def smallest_reaching(delays, percent):
    ordered = sorted(delays)
    return next(d for i, d in enumerate(ordered, 1) if 100 * i >= percent * len(ordered))


def agreeing_statements(rows, moves):
    compared = agreeing = 0
    for row in rows:
        same = [
            r
            for r in rows
            if (r["customer_id"], r["account_id"]) == (row["customer_id"], row["account_id"])
        ]
        before = [r for r in same if r["as_of"] < row["as_of"]]
        if before:
            last = max(before, key=lambda r: r["as_of"])
            between = sum(
                m["amount_minor"]
                for m in moves
                if (m["customer_id"], m["account_id"]) == (row["customer_id"], row["account_id"])
                and last["as_of"] <= m["occurred_at"] < row["as_of"]
            )
            compared += 1
            agreeing += row["amount_minor"] - last["amount_minor"] == between
    return compared, agreeing


# each example is a ledger on disk: shrinking one would take minutes
@few(6)
@given(worlds())
def test_each_measure_equals_its_slow_oracle(world):
    with tempfile.TemporaryDirectory() as folder:
        found = measured(world, Path(folder), small_params(drift_min_rows=1))
    moves = world.rows["transactions"]
    stand = standing(moves)

    filled = {f.column: f for f in found.filled if (f.table, f.scope) == ("transactions", "all")}
    for column, figure in filled.items():
        rows = [r for r in stand if column not in ("product_id", "quantity")]
        assert figure.rows == len(rows)
        assert figure.filled == sum(r.get(column) is not None for r in rows)
        assert figure.imputed == sum(column in (r["imputed"] or "").split(",") for r in stand)

    latest = [
        r for r, p in zip(moves, world.lines["transactions"], strict=True) if p[0][0] == core(2)
    ]
    shown = [f for f in found.filled if f.scope == "latest" and f.column == "channel"]
    if standing(latest):
        assert shown[0].filled == sum(r["channel"] is not None for r in standing(latest))

    keys = [k for k in found.keys if k.table == "transactions"]
    if moves:
        names = {r["transaction_id"] for r in moves}
        several = sum(sum(r["transaction_id"] == n for r in stand) > 1 for n in names)
        versions = {(r["transaction_id"], r["known_at"]) for r in moves}
        assert (keys[0].rows, keys[0].standing, keys[0].things) == (
            len(moves),
            len(stand),
            len(names),
        )
        assert (keys[0].repeated, keys[0].repeated_versions) == (
            several,
            len(moves) - len(versions),
        )
        delays = [
            int((r["known_at"] - r["occurred_at"]).total_seconds() // 60)
            for r in first_versions(moves)
        ]
        (delay,) = [d for d in found.delays if (d.table, d.scope) == ("transactions", "all")]
        assert (delay.rows, delay.largest) == (len(delays), max(delays))
        for percent, quantile in ((50, delay.median), (90, delay.p90), (99, delay.p99)):
            assert quantile == smallest_reaching(delays, percent)
        assert delay.late == sum(d > 40 * 1440 for d in delays)

    orphans = {(r.table, r.column): (r.rows, r.orphans) for r in found.references}
    if stand:
        wanted = (len(stand), sum(r["customer_id"] == "nobody" for r in stand))
        assert orphans["transactions", "customer_id"] == wanted
    money = [(s.compared, s.agreeing) for s in found.statements]
    expected = agreeing_statements(world.rows["balances"], stand)
    assert money == ([expected] if moves and expected[0] else [])

    for drift in found.drift:
        if drift.column == "channel":
            sides = [
                [
                    r["channel"]
                    for r, p in zip(moves, world.lines["transactions"], strict=True)
                    if p[0][0] == core(n)
                ]
                for n in (1, 2)
            ]
            assert [drift.rows_before, drift.rows_now] == list(map(len, sides))
            assert [drift.empty_before, drift.empty_now] == [s.count(None) for s in sides]
            counted = {name: (before, now) for name, before, now in drift.bins}
            held = [set(side) - {None} for side in sides]
            names = held[0] | held[1] if all(held) else set()
            assert counted == {n: (sides[0].count(n), sides[1].count(n)) for n in names}


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.randoms())
def test_the_stability_index_is_symmetric_and_zero_for_equal_counts(counts, random):
    other = random.sample(counts, len(counts))
    index = stability(counts, other)
    if not sum(counts):
        assert index is None
        return
    assert math.isclose(index, stability(other, counts), abs_tol=1e-12)
    assert index >= 0
    assert stability(counts, counts) == 0
