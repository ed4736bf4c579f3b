"""The simulated bank behaves as a bank does, and its books balance."""

from pathlib import Path

from src.core.files import digest
from src.sources.simulate.write import simulate
from tests.sources.conftest import SMALL


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _simulated(folder: Path, seed: int) -> dict[str, str]:
    for name in ("raw", "truth"):
        (folder / name).mkdir(parents=True)
    simulate(SMALL.model_copy(update={"customers": 80}), seed, folder / "raw", folder / "truth")
    return _digests(folder)


def test_a_seed_gives_the_same_bytes_and_another_seed_gives_others(tmp_path):
    first = _simulated(tmp_path / "a", 1)
    assert first == _simulated(tmp_path / "b", 1)
    other = _simulated(tmp_path / "c", 2)
    assert first.keys() == other.keys()
    assert first["raw/core_transactions.parquet"] != other["raw/core_transactions.parquet"]


def test_statements_equal_the_statement_before_plus_the_movements_between(query):
    """Cash of those who have both yearly statements: opening + movements = closing, exactly."""
    rows = query("""
        WITH cash AS (SELECT * FROM balances WHERE product_id IS NULL),
        pairs AS (
            SELECT a.customer_id, a.amount_minor AS opening, b.amount_minor AS closing
            FROM cash a JOIN cash b USING (customer_id)
            WHERE a.as_of = '2023-01-01' AND b.as_of = '2024-01-01')
        SELECT closing - opening - coalesce((
            SELECT sum(amount_minor) FROM transactions t WHERE t.customer_id = p.customer_id
            AND occurred_at >= '2023-01-01' AND occurred_at < '2024-01-01'), 0) FROM pairs p""")
    assert len(rows) > 100
    assert all(difference == 0 for (difference,) in rows)


def test_positions_on_statements_equal_those_before_plus_the_trades_between(query):
    rows = query("""
        WITH held AS (
            SELECT customer_id, product_id, quantity FROM balances
            WHERE as_of = '2023-01-01' AND product_id IS NOT NULL
            UNION ALL
            SELECT customer_id, product_id, quantity FROM transactions
            WHERE occurred_at < '2024-01-01' AND product_id IS NOT NULL),
        moved AS (SELECT customer_id, product_id, sum(quantity) AS q FROM held GROUP BY ALL),
        closing AS (SELECT customer_id, product_id, quantity FROM balances
            WHERE as_of = '2024-01-01' AND product_id IS NOT NULL)
        SELECT m.q - c.quantity FROM closing c JOIN moved m USING (customer_id, product_id)""")
    assert len(rows) > 100
    assert all(abs(difference) < 1e-6 for (difference,) in rows)


def test_no_position_is_sold_below_nothing_except_loans(query):
    rows = query("""
        SELECT min(b.quantity) FROM balances b JOIN products p USING (product_id)
        WHERE p.asset_class <> 'loan'""")
    assert rows[0][0] > 0


def test_cash_never_falls_far_below_nothing(query):
    rows = query("""
        WITH flows AS (
            SELECT customer_id, as_of AS t, amount_minor FROM balances
            WHERE as_of = '2023-01-01' AND product_id IS NULL
            UNION ALL SELECT customer_id, occurred_at, amount_minor FROM transactions),
        running AS (SELECT sum(amount_minor) OVER (PARTITION BY customer_id ORDER BY t) AS cash
            FROM flows)
        SELECT min(cash) FROM running""")
    assert rows[0][0] > -10_000  # a hundred yuan


def test_salaries_arrive_in_each_month_while_they_are_paid_here(query):
    rows = query("""
        WITH months AS (
            SELECT customer_id, count(*) AS n,
                count(DISTINCT date_trunc('month', occurred_at)) AS m,
                date_diff('month', min(occurred_at), max(occurred_at)) + 1 AS spanned
            FROM transactions WHERE category = 'salary' GROUP BY customer_id)
        SELECT avg(CAST(n = m AS INTEGER)), avg(m / spanned) FROM months""")
    once_a_month, without_gap = rows[0]
    assert once_a_month == 1
    assert without_gap > 0.95


def test_some_salaries_arrive_exactly_at_midnight_of_a_month_start(query):
    rows = query("""
        SELECT count(*) FROM transactions
        WHERE category = 'salary' AND occurred_at = date_trunc('month', occurred_at)""")
    assert rows[0][0] > 20


def test_those_who_leave_take_their_assets_away_and_then_do_nothing(query):
    assets = query("""
        SELECT a.asset_minor, b.asset_minor FROM truth_customers c
        JOIN truth_months a ON a.customer_id = c.customer_id AND a.as_of = c.drains_from
        JOIN truth_months b ON b.customer_id = c.customer_id AND b.as_of = c.gone_from
        WHERE a.asset_minor > 500000""")
    assert len(assets) > 10
    fallen = [after < 0.4 * before for before, after in assets]
    assert sum(fallen) > 0.95 * len(fallen)
    later = query("""
        SELECT count(*) FROM transactions t JOIN truth_customers c USING (customer_id)
        WHERE t.occurred_at >= c.gone_from""")
    assert later[0][0] <= len(assets) // 10


def test_one_in_twenty_to_one_in_eight_decides_to_leave_in_ninety_days(query):
    rows = query("SELECT 3 * avg(hazard) FROM truth_months")
    assert 0.04 < rows[0][0] < 0.13


def test_tolerance_shows_in_the_questionnaires_but_not_perfectly(query):
    rows = query("""
        SELECT corr(q.risk_level, m.tolerance) FROM questionnaires q JOIN truth_months m
        ON m.customer_id = q.customer_id AND m.as_of = date_trunc('month', q.completed_at)""")
    assert 0.6 < rows[0][0] < 0.9


def test_every_asset_class_on_the_shelf_and_three_currencies_are_held(query):
    held = query("""
        SELECT DISTINCT p.asset_class FROM transactions JOIN products p USING (product_id)""")
    assert len(held) >= 11
    assert {row[0] for row in query("SELECT DISTINCT currency FROM transactions")} == {
        "CNY",
        "USD",
        "HKD",
    }
