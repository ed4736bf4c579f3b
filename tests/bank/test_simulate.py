"""The simulated bank behaves as a bank does, and its books balance."""

from pathlib import Path

import pytest

from src.bank.write import simulate
from src.core.files import digest
from src.core.params.simulation import MessParams, SimulationParams
from tests.support.bank.sealed_truth import true_books
from tests.support.bank.small_banks import SMALL, TIDY


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _simulated(folder: Path, seed: int, mess: MessParams | None = None) -> Path:
    params: SimulationParams = SMALL.model_copy(
        update={"customers": 80, "months": 12, "mess": mess or SMALL.mess}
    )
    for name in ("raw", "truth"):
        (folder / name).mkdir(parents=True)
    simulate(params, seed, folder / "raw", folder / "truth")
    return folder


@pytest.fixture(scope="module")
def query(small_bank: Path):
    """Run SQL over what correct books of the small bank hold (see true_books)."""
    connection = true_books(small_bank / "raw", small_bank / "truth")
    yield lambda sql: connection.execute(sql).fetchall()
    connection.close()


def test_a_seed_gives_the_same_bytes_and_another_seed_gives_others(tmp_path):
    first = _digests(_simulated(tmp_path / "a", 1))
    assert first == _digests(_simulated(tmp_path / "b", 1))
    other = _digests(_simulated(tmp_path / "c", 2))
    name = "raw/core/transactions_20230201.parquet"
    assert first[name] != other[name]


def test_the_mess_never_moves_what_the_customers_do(tmp_path):
    messy = _simulated(tmp_path / "messy", 1)
    tidy = _simulated(tmp_path / "tidy", 1, TIDY)
    for name in ("customers", "months"):
        assert digest(messy / "truth" / f"{name}.parquet") == digest(
            tidy / "truth" / f"{name}.parquet"
        )
    columns = "person, moment, ccy, category, product, units, amount_minor"
    books = [true_books(folder / "raw", folder / "truth") for folder in (messy, tidy)]
    first, second = (
        book.execute(f"SELECT {columns} FROM movements ORDER BY ALL").fetchall() for book in books
    )
    assert len({person for person, *_ in first}) == 80  # everybody moves money
    assert first == second


def test_true_assets_are_what_correct_books_give(query):
    """Slow and obvious: latest statement, movements since, last price and rate before."""
    wrong = query("""
        WITH instants AS (SELECT DISTINCT as_of AS t FROM truth_months),
        drawn AS (SELECT t, person, product, arg_max(row(as_of, coalesce(units, amount_minor)),
            row(as_of, drawn_at)) AS s FROM statements JOIN instants ON as_of <= t GROUP BY ALL),
        moved AS (
            SELECT person, NULL AS product, moment, amount_minor AS q FROM movements UNION ALL
            SELECT person, product, moment, units FROM movements WHERE product IS NOT NULL),
        items AS (
            SELECT t, person, product, s[2] AS q FROM drawn UNION ALL
            SELECT t, m.person, m.product, m.q FROM moved AS m JOIN instants ON m.moment < t
            LEFT JOIN drawn AS d USING (t, person)
            WHERE d.product IS NOT DISTINCT FROM m.product AND m.moment >= d.s[1]
            UNION ALL
            SELECT t, m.person, m.product, m.q FROM moved AS m JOIN instants ON m.moment < t
            WHERE NOT EXISTS (SELECT 1 FROM drawn AS d WHERE d.t = instants.t
                AND d.person = m.person AND d.product IS NOT DISTINCT FROM m.product)),
        held AS (SELECT t, person, product, sum(q) AS q FROM items GROUP BY ALL),
        priced AS (SELECT h.*, close, rate FROM held AS h JOIN products AS g ON h.product = g.code
            ASOF JOIN prices AS p ON h.product = p.code AND t > p.known_at
            ASOF JOIN rates AS r ON g.ccy = r.ccy AND t > r.known_at),
        worth AS (SELECT t, person, sum(v) AS v FROM (
            SELECT t, person, q AS v FROM held WHERE product IS NULL UNION ALL
            SELECT t, person, 100 * q * close * rate FROM priced) GROUP BY ALL)
        SELECT count(*), count_if(abs(coalesce(v, 0) - asset_minor) > 2)
        FROM truth_months AS m LEFT JOIN worth AS w ON w.t = m.as_of AND w.person = m.person""")
    assert wrong == query("SELECT count(*), 0 FROM truth_months")


def test_statements_equal_the_statement_before_plus_the_movements_between(query):
    """Cash of those who have both yearly statements: opening + movements = closing, exactly."""
    rows = query("""
        WITH cash AS (SELECT person, as_of, arg_max(amount_minor, drawn_at) AS amount
            FROM statements WHERE product IS NULL GROUP BY ALL)
        SELECT b.amount - a.amount - coalesce((
            SELECT sum(amount_minor) FROM movements AS m WHERE m.person = a.person
            AND moment >= a.as_of AND moment < b.as_of), 0)
        FROM cash AS a JOIN cash AS b USING (person)
        WHERE a.as_of = '2023-01-01' AND b.as_of = '2024-01-01'""")
    assert rows == [(0,)] * 203  # those with an account at both times


def test_a_statement_shows_what_the_bank_knew_when_it_was_drawn_up(query):
    """Opening + the latest versions posted by then = the closing statement, before it is restated
    for what was posted later."""
    rows = query("""
        WITH first AS (SELECT person, arg_min(amount_minor, drawn_at) AS closing,
                count(*) AS versions FROM statements
            WHERE product IS NULL AND as_of = '2024-01-01' GROUP BY person),
        known AS (FROM postings WHERE posted_at < '2024-01-01' QUALIFY row_number() OVER (
            PARTITION BY id ORDER BY posted_at DESC) = 1),
        moved AS (SELECT account, moment, round_even(original * rate, 0) AS amount FROM known
            ASOF JOIN rates ON known.ccy = rates.ccy AND known.moment > rates.known_at
            WHERE status <> 'X' UNION ALL
            SELECT account, moment, amount_minor FROM movements WHERE id LIKE 'trade-%')
        SELECT closing - s.amount_minor - coalesce((SELECT sum(amount) FROM moved
            WHERE moved.account = s.account AND moment < '2024-01-01'), 0) AS difference, versions
        FROM first JOIN statements AS s USING (person)
        WHERE s.product IS NULL AND s.as_of = '2023-01-01'""")
    assert {difference for difference, _ in rows} == {0}
    assert len(rows) == 203
    assert sum(versions > 1 for _, versions in rows) == 6


def test_no_position_is_sold_below_nothing_except_loans(query):
    rows = query("""
        SELECT count(*), count_if(units > 0)
        FROM statements JOIN products ON product = code WHERE shelf <> 'LOAN'""")
    assert rows == [(1581, 1581)]


def test_cash_never_falls_far_below_nothing(query):
    rows = query("""
        WITH flows AS (
            SELECT person, as_of AS t, amount_minor FROM statements
            WHERE as_of = '2023-01-01' AND product IS NULL
            UNION ALL SELECT person, moment, amount_minor FROM movements),
        running AS (SELECT sum(amount_minor) OVER (PARTITION BY person ORDER BY t) AS cash
            FROM flows)
        SELECT min(cash) FROM running""")
    assert rows[0][0] > -10_000  # a hundred yuan


def test_salaries_arrive_in_each_month_while_they_are_paid_here(query):
    rows = query("""
        WITH months AS (
            SELECT person, count(*) AS n, count(DISTINCT date_trunc('month', moment)) AS m,
                date_diff('month', min(moment), max(moment)) + 1 AS spanned
            FROM movements WHERE category = 'salary' GROUP BY person)
        SELECT avg(CAST(n = m AS INTEGER)), avg(m / spanned) FROM months""")
    once_a_month, without_gap = rows[0]
    assert once_a_month == 1
    assert without_gap > 0.95


def test_some_salaries_arrive_exactly_at_midnight_of_a_month_start(query):
    rows = query("""
        SELECT count(*) FROM movements
        WHERE category = 'salary' AND moment = date_trunc('month', moment)""")
    assert rows[0][0] > 20


def test_those_who_leave_take_their_assets_away_and_then_do_nothing(query):
    assets = query("""
        SELECT a.asset_minor, b.asset_minor FROM truth_customers c
        JOIN truth_months a ON a.person = c.person AND a.as_of = c.drains_from
        JOIN truth_months b ON b.person = c.person AND b.as_of = c.gone_from
        WHERE a.asset_minor > 500000""")
    assert len(assets) > 10
    fallen = [after < 0.4 * before for before, after in assets]
    assert sum(fallen) > 0.95 * len(fallen)
    later = query("""
        SELECT count(*) FROM movements m JOIN truth_customers c USING (person)
        WHERE m.moment >= c.gone_from""")
    assert later[0][0] <= len(assets) // 10


def test_one_in_twenty_to_one_in_eight_decides_to_leave_in_ninety_days(query):
    rows = query("SELECT 3 * avg(hazard) FROM truth_months")
    assert 0.04 < rows[0][0] < 0.13


def test_tolerance_shows_in_the_questionnaires_but_not_perfectly(query):
    rows = query("""
        SELECT corr(level, tolerance) FROM answers a JOIN truth_months m
        ON m.person = a.person AND m.as_of = date_trunc('month', a.moment)""")
    assert 0.6 < rows[0][0] < 0.9


def test_every_shelf_and_three_currencies_are_held(query):
    held = query("SELECT DISTINCT shelf FROM movements JOIN products ON product = code")
    assert sorted(held) == query("SELECT DISTINCT shelf FROM products ORDER BY shelf")
    found = query("SELECT DISTINCT ccy FROM movements")
    assert {row[0] for row in found} == {"CNY", "USD", "HKD"}
