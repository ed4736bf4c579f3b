"""The check integrates what it looked at, and says which rows would stand and why others not."""

import pytest

from src.sources.onboarding.findings import problems, warnings
from tests.sources.onboarding.test_check import Source, line
from tests.support.sources.tiny import MOVES, PEOPLE, RATES

TRANSACTIONS = "tables.transactions[0] of moves"


@pytest.fixture
def source(tmp_path):
    return Source(tmp_path)


def move(no, amount="1", currency="EUR", day="06"):
    return f"{no};A;2021-01-{day} 00:00:00;IN;{amount};{currency}\n"


def test_rows_that_would_stand_are_counted_beside_those_that_a_declared_rule_takes(source):
    source.write("moves.csv", MOVES + move(3, amount="0") + move(1))
    sections = source.check()
    assert line(sections, TRANSACTIONS, "rows").text == "3 of 4 looked at would stand"
    zero = line(sections, TRANSACTIONS, "zero_amount")
    assert (zero.level, zero.text) == ("note", "1 of 4, the first moves.csv:4")
    assert warnings(sections) == []


def test_a_currency_without_rates_is_a_warning_that_names_it(source):
    source.write("moves.csv", MOVES + move(3, currency="CHF") + move(4, currency="CHF"))
    found = source.warning("no_exchange_rate")
    assert found.text == "2 of 4, the first moves.csv:4: 'CHF' (2)"
    assert "deliver rates from before the amounts" in found.advice


def test_a_currency_whose_rates_begin_too_late_is_a_warning(source):
    source.write("moves.csv", MOVES + move(3, currency="USD", day="01"))
    assert source.warning("no_exchange_rate").text.endswith("moves.csv:4: 'USD' (1)")


def test_without_any_rates_every_other_currency_is_a_warning(source):
    del source.content["tables"]["fx_rates"], source.files["rates"]
    assert source.warning("no_exchange_rate").text == "1 of 2, the first moves.csv:3: 'USD' (1)"


def test_rates_beyond_the_first_rows_and_the_first_delivery_are_looked_at(source):
    source.files["rates"] |= {"path": "rates_*.csv", "delivered": "%Y%m%d"}
    (source.folder / "rates.csv").rename(source.folder / "rates_20210106.csv")
    source.write("rates_20210110.csv", "currency,day,rate\nGBP,2021-01-03,1.1\nCHF,2021-01-03,1\n")
    source.write("moves.csv", MOVES.partition("\n")[0] + "\n" + move(3, currency="CHF", day="11"))
    assert warnings(source.check(rows=1)) == []


def test_a_value_that_breaks_an_expression_is_a_problem_and_not_shown(source):
    source.moves["columns"]["channel"] = {"expression": "CAST(no AS INTEGER) + 1"}
    source.write("moves.csv", MOVES + move("x-1"))
    found = source.problem("columns.channel")
    assert "Could not convert string [value a-9]" in found.advice


RULE = {"name": "odd", "table": "transactions", "reason": "why", "quarantine": True}
WRONG_RULES = {
    "amont_minor < 0": "rule 'odd' can't be computed",
    "amount_minor > avg(amount_minor) OVER (ORDER BY occurred_at)": "not in the order of known_at",
}


@pytest.mark.parametrize("when", WRONG_RULES)
def test_a_rule_that_integration_would_stop_at_is_a_problem(source, when):
    source.content["rules"] = [RULE | {"when": when}]
    (found,) = problems(source.check())
    assert WRONG_RULES[when] in found.text


def test_what_a_rule_of_the_mapping_does_is_counted(source):
    source.content["rules"] = [RULE | {"when": "amount_minor < 0"}]
    sections = source.check()
    assert line(sections, "rules", "odd").text == "puts aside 1 of 2 rows looked at"
    assert line(sections, TRANSACTIONS, "odd").level == "note"


def test_a_join_by_a_key_with_several_meanings_is_a_problem(source):
    source.moves["join"] = [{"file": "people", "by": {"id": "person"}}]
    source.write("people.csv", PEOPLE + "A,01.02.2021,\n")
    assert "stands in 2 rows of different content" in source.problem("integration").text


def test_a_join_that_finds_nothing_is_a_warning_and_one_that_finds_some_is_counted(source):
    source.moves["join"] = [{"file": "people", "by": {"id": "person"}}]
    source.write("moves.csv", MOVES.replace(";A;", ";0A;"))
    found = source.warning("join")
    assert found.text == "0 of 2 find a row of people (in all 2 rows of people.csv)"
    source.write("moves.csv", MOVES.replace("2;A;", "2;0A;"))
    assert line(source.check(), TRANSACTIONS, "join").text.startswith("1 of 2 find a row")


def test_values_that_the_ledger_does_not_allow_are_told_with_those_that_it_does(source):
    source.moves["columns"]["kind"] = {"expression": "lower(what)"}
    found = source.warning("not_allowed_kind")
    assert found.text == "2 of 2, the first moves.csv:2: 'in' (1), 'out' (1)"
    assert "expected one of deposit, withdrawal" in found.advice
    assert "0 of 2 looked at would stand" in source.warning("rows").text


def test_an_empty_value_that_the_ledger_needs_is_told(source):
    source.write("moves.csv", MOVES + "6;A;;IN;3;EUR\n")
    assert source.warning("missing_occurred_at").text == "1 of 3, the first moves.csv:4"


def test_what_only_all_of_another_file_could_tell_is_not_judged_by_a_part_of_it(source):
    source.moves["join"] = [{"file": "people", "by": {"id": "person"}}]
    source.moves["reject"]["unlisted"] = "people.id IS NULL"
    source.write("moves.csv", MOVES.replace(";A;", ";B;"))
    text = line(source.check(rows=1), TRANSACTIONS, "rows").text
    assert text == "0 of 1 looked at would stand; 1 can't be judged by a part of people"
    assert line(source.check(), TRANSACTIONS, "rows").text == "2 of 2 looked at would stand"


def test_rows_that_come_after_an_instant_at_which_other_files_came_are_noted(source):
    for name, stamp in (("moves", "20210201"), ("rates", "20210120")):
        source.files[name] |= {"path": f"{name}_*.csv", "delivered": "%Y%m%d"}
        (source.folder / f"{name}.csv").rename(source.folder / f"{name}_{stamp}.csv")
    found = line(source.check(), TRANSACTIONS, "known_at")
    assert found.level == "note"
    assert found.text.startswith("2 rows are known before 2021-01-20, when other files came")
    (source.folder / "rates_20210120.csv").rename(source.folder / "rates_20210201.csv")
    with pytest.raises(StopIteration):
        line(source.check(), TRANSACTIONS, "known_at")


def test_private_values_stand_in_no_finding(source):
    source.files["moves"]["columns"]["what"] = {"type": "string", "private": "account"}
    source.moves["columns"]["kind"] = {"constant": "deposit"}
    source.moves["columns"]["account_id"] = {"from": "what", "values": {"IN": "till"}}
    source.write("moves.csv", MOVES.replace("OUT", "6222-17"))
    found = source.problem("columns.account_id")
    assert found.text == "values without meaning: [account 9999-99] (1)"


def test_the_rates_of_the_tiny_source_are_all_right(source):
    assert line(source.check(), "tables.fx_rates[0]", "rows").text == "2 of 2 looked at would stand"
    source.write("rates.csv", RATES + "EUR,2021-01-05,1.1\n")
    assert "base currency EUR" in source.problem("integration").text
