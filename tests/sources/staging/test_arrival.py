"""Deliveries: what comes late is known late, what comes twice says nothing, what changes is a new
version; and the ledger of the first deliveries is the whole one as it stood then."""

import copy

import pandas as pd
import pytest
import yaml

from tests.support.sources.small_source import Bank
from tests.support.sources.tiny import MAPPING, SHELF, SHELF_FILE

HEAD = "no;person;moment;what;amount;currency;known\n"
JANUARY = (
    "1;A;2021-01-01 00:00:00;IN;100;EUR;2021-01-01 09:00:00\n"
    "2;A;2021-01-05 00:00:00;OUT;-10;EUR;2021-01-05 09:00:00\n"
)
FEBRUARY = "3;A;2021-02-03 00:00:00;IN;7;EUR;2021-02-03 09:00:00\n"


@pytest.fixture
def bank(tmp_path) -> Bank:
    """The small bank with movements in monthly deliveries that say when they were posted."""
    bank = Bank(tmp_path)
    content = copy.deepcopy(MAPPING)
    moves = content["files"]["moves"]
    moves |= {"path": "moves_*.csv", "delivered": "%Y%m%d", "expected_rows": {"at_least": 0}}
    moves["columns"]["known"] = {"type": "time", "format": "%Y-%m-%d %H:%M:%S"}
    entry = content["tables"]["transactions"][0]
    entry["columns"]["known_at"] = "known"
    entry["cancels"] = "what = 'UNDO'"
    entry["columns"]["kind"]["values"]["UNDO"] = "deposit"
    bank.map(content)
    (bank.raw / "moves.csv").unlink()
    bank.write("moves_20210201.csv", HEAD + JANUARY)
    bank.write("moves_20210301.csv", HEAD + FEBRUARY)
    return bank


def _moves(bank):
    """(number, amount, known_at, known_until) as texts, in the ledger's order."""
    bank.integrate()
    rows = bank.table("transactions")[["transaction_id", "amount_minor", "known_at", "known_until"]]
    return [
        (no, amount, str(since)[:19], None if pd.isna(until) else str(until)[:19])
        for no, amount, since, until in rows.itertuples(index=False)
    ]


def _rejected(bank):
    return [row["rejected"] for row in bank.integrate()["rows"] if row["table"] == "transactions"]


PLAIN = [
    ("1", 10000, "2021-01-01 09:00:00", None),
    ("2", -1000, "2021-01-05 09:00:00", None),
    ("3", 700, "2021-02-03 09:00:00", None),
]


def test_a_doubled_delivery_changes_nothing_and_is_counted(bank):
    assert _moves(bank) == PLAIN
    bank.write("moves_20210302.csv", HEAD + JANUARY)
    assert _moves(bank) == PLAIN
    assert _rejected(bank) == [{}, {}, {"repeated": 2}]
    copied = {file["file"]: file["copy_of"] for file in bank.integrate()["files"]}
    assert copied["moves_20210302.csv"] == "moves_20210201.csv"
    assert {of for name, of in copied.items() if name != "moves_20210302.csv"} == {None}


def test_a_late_correction_closes_the_version_before_it(bank):
    late = "2;A;2021-01-05 00:00:00;OUT;-12;EUR;2021-02-10 09:00:00\n"
    bank.write("moves_20210301.csv", HEAD + FEBRUARY + late)
    assert _moves(bank) == [
        PLAIN[0],
        ("2", -1000, "2021-01-05 09:00:00", "2021-02-10 09:00:00"),
        PLAIN[2],
        ("2", -1200, "2021-02-10 09:00:00", None),
    ]


def test_a_withdrawal_closes_and_is_no_row_itself(bank):
    undo = "2;A;2021-01-05 00:00:00;UNDO;-10;EUR;2021-02-10 09:00:00\n"
    bank.write("moves_20210301.csv", HEAD + FEBRUARY + undo)
    assert _moves(bank)[1] == ("2", -1000, "2021-01-05 09:00:00", "2021-02-10 09:00:00")
    assert _rejected(bank) == [{}, {"cancellation": 1}]


def test_a_row_that_comes_in_a_later_delivery_than_it_tells_is_known_when_it_came(bank):
    late = "4;A;2021-01-20 00:00:00;IN;1;EUR;2021-01-20 09:00:00\n"
    bank.write("moves_20210301.csv", HEAD + FEBRUARY + late)
    assert _moves(bank)[-1] == ("4", 100, "2021-02-28 23:59:59", None)


def test_a_row_that_tells_of_a_time_after_its_delivery_is_put_aside(bank):
    early = "4;A;2021-01-20 00:00:00;IN;1;EUR;2021-04-20 09:00:00\n"
    bank.write("moves_20210301.csv", HEAD + FEBRUARY + early)
    assert _rejected(bank) == [{}, {"known_after_delivery": 1}]


def test_an_empty_delivery_that_is_allowed_is_accounted_for(bank):
    bank.write("moves_20210401.csv", HEAD)
    last = [row for row in bank.integrate()["rows"] if row["table"] == "transactions"][-1]
    assert (last["file"], last["rows_in"], last["rows_out"]) == ("moves_20210401.csv", 0, 0)


def test_rows_whose_account_arrives_later_are_known_from_then(bank):
    content = copy.deepcopy(_content(bank))
    content["files"]["accounts"] = {
        "path": "accounts_*.csv",
        "delivered": "%Y%m%d",
        "columns": {"no": "string", "owner": "string"},
    }
    entry = content["tables"]["transactions"][0]
    entry["join"] = [{"file": "accounts", "by": {"no": "person"}}]
    entry["columns"]["customer_id"] = "accounts.owner"
    bank.map(content)
    bank.write("accounts_20210201.csv", "no,owner\nX,B\n")
    bank.write("accounts_20210301.csv", "no,owner\nA,A\nX,B\n")
    assert [row[:3] for row in _moves(bank)] == [
        ("3", 700, "2021-02-03 09:00:00"),
        ("1", 10000, "2021-02-28 23:59:59"),
        ("2", -1000, "2021-02-28 23:59:59"),
    ]


def _content(bank):
    return yaml.safe_load(bank.mapping.read_text(encoding="utf-8"))


@pytest.mark.parametrize("later", ["correction", "withdrawal", "double"])
def test_the_first_delivery_alone_gives_what_was_known_then(bank, later):
    more = {
        "correction": "2;A;2021-01-05 00:00:00;OUT;-12;EUR;2021-02-10 09:00:00\n",
        "withdrawal": "2;A;2021-01-05 00:00:00;UNDO;-10;EUR;2021-02-10 09:00:00\n",
        "double": JANUARY,
    }[later]
    bank.write("moves_20210301.csv", HEAD + FEBRUARY + more)
    whole = _moves(bank)
    (bank.raw / "moves_20210301.csv").unlink()
    then = [
        (no, amount, since, until if until and until < "2021-02-01" else None)
        for no, amount, since, until in whole
        if since < "2021-02-01"
    ]
    assert _moves(bank) == then


LATE = "4;A;2021-01-06 00:00:00;IN;5;EUR;2021-01-06 09:00:00\n"


@pytest.mark.parametrize(
    ("after", "kept", "rejected"),
    [
        (
            "4;A;2021-01-06 00:00:00;IN;6;EUR;2021-02-10 09:00:00\n",
            [("4", 600, "2021-02-10 09:00:00", None)],
            {"superseded": 1},
        ),
        (
            "4;A;2021-01-06 00:00:00;UNDO;5;EUR;2021-02-10 09:00:00\n",
            [],
            {"superseded": 1, "cancellation": 1},
        ),
    ],
    ids=["correction", "withdrawal"],
)
@pytest.mark.parametrize("order", [1, -1])
def test_a_late_row_does_not_undo_what_came_after_it_in_its_delivery(
    bank, after, kept, rejected, order
):
    bank.write("moves_20210301.csv", HEAD + FEBRUARY + "".join([LATE, after][::order]))
    assert [row for row in _moves(bank) if row[0] == "4"] == kept
    assert _rejected(bank)[1] == rejected


def test_a_withdrawal_whose_amount_cant_be_read_withdraws_all_the_same(bank):
    undo = "2;A;2021-01-05 00:00:00;UNDO;lots;EUR;2021-02-10 09:00:00\n"
    bank.write("moves_20210301.csv", HEAD + FEBRUARY + undo)
    assert _moves(bank)[1] == ("2", -1000, "2021-01-05 09:00:00", "2021-02-10 09:00:00")
    assert _rejected(bank) == [{}, {"cancellation": 1}]


def test_a_withdrawal_that_breaks_a_reject_rule_withdraws_all_the_same(bank):
    undo = "2;A;2021-01-05 00:00:00;UNDO;0;EUR;2021-02-10 09:00:00\n"
    bank.write("moves_20210301.csv", HEAD + FEBRUARY + undo)
    assert _moves(bank)[1] == ("2", -1000, "2021-01-05 09:00:00", "2021-02-10 09:00:00")
    assert _rejected(bank) == [{}, {"cancellation": 1}]


def test_of_a_rejected_movement_the_withdrawal_is_a_withdrawal_still(bank):
    bad = "4;A;2021-01-06 00:00:00;IN;0;EUR;2021-01-06 09:00:00\n"
    undo = "4;A;2021-01-06 00:00:00;UNDO;0;EUR;2021-02-10 09:00:00\n"
    bank.write("moves_20210201.csv", HEAD + JANUARY + bad)
    bank.write("moves_20210301.csv", HEAD + FEBRUARY + undo)
    assert _moves(bank) == PLAIN
    assert _rejected(bank) == [{"zero_amount": 1}, {"cancellation": 1}]


def test_a_withdrawal_is_no_repetition_of_the_row_that_it_withdraws(bank):
    content = _content(bank)
    content["tables"]["transactions"][0]["distinct"] = ["no"]
    bank.map(content)
    undo = "2;A;2021-01-05 00:00:00;UNDO;-10;EUR;2021-02-10 09:00:00\n"
    again = "3;A;2021-02-03 00:00:00;IN;8;EUR;2021-02-11 09:00:00\n"
    bank.write("moves_20210301.csv", HEAD + FEBRUARY + undo + again)
    assert _moves(bank) == [PLAIN[0], (*PLAIN[1][:3], "2021-02-10 09:00:00"), PLAIN[2]]
    assert _rejected(bank) == [{}, {"cancellation": 1, "repeated": 1}]


def test_a_movement_whose_product_comes_later_is_known_with_the_product(bank):
    content = _content(bank)
    content["files"]["shelf"] = SHELF_FILE
    content["tables"]["products"] = [SHELF]
    content["tables"]["transactions"][0]["columns"]["product_id"] = {
        "expression": "CASE no WHEN '2' THEN 'late' WHEN '3' THEN 'early' END"
    }
    bank.map(content)
    bank.write("shelf_20210201.csv", "code\nearly\n")
    bank.write("shelf_20210301.csv", "code\nlate\n")
    known = {no: since for no, _, since, _ in _moves(bank)}
    assert known["2"] == "2021-02-28 23:59:59"
    assert (known["1"], known["3"]) == ("2021-01-01 09:00:00", "2021-02-03 09:00:00")
    for path in bank.raw.glob("*_20210301.csv"):
        path.unlink()
    assert [no for no, *_ in _moves(bank)] == ["1"]
    assert _rejected(bank) == [{"orphan_product": 1}]


def _rates_at_other_instants(bank, known_at):
    """Rates that come on the tenth, movements on the first; rates known as the mapping says."""
    content = _content(bank)
    rates = {"path": "rates_*.csv", "delivered": "%Y%m%d"}
    content["files"]["rates"] |= rates
    content["tables"]["fx_rates"][0]["columns"]["known_at"] = known_at
    bank.map(content)
    (bank.raw / "rates.csv").unlink()
    bank.write("rates_20210210.csv", "currency,day,rate\nUSD,2021-01-02,0.8\n")
    bank.write("rates_20210310.csv", "currency,day,rate\nUSD,2021-02-20,0.9\n")
    bank.write(
        "moves_20210301.csv", HEAD + "3;A;2021-02-25 00:00:00;IN;1;USD;2021-02-25 09:00:00\n"
    )


@pytest.mark.parametrize(
    ("known_at", "whole", "replayed"),
    [
        ("day", [90, "2021-02-20"], [80, None]),
        ({"expression": "_delivered - INTERVAL 1 MICROSECOND"}, [80, None], [80, None]),
    ],
    ids=["as declared", "as delivered"],
)
def test_between_the_instants_of_files_that_come_apart_only_known_as_delivered_replays(
    bank, known_at, whole, replayed
):
    """The README says so: what is known on the first of March, by all files and by those there."""
    _rates_at_other_instants(bank, known_at)
    for expected in (whole, replayed):
        bank.integrate()
        moves, rates = bank.table("transactions"), bank.table("fx_rates")
        known = rates[(rates["known_at"] < "2021-03-01") & (rates["rate"] == 0.9)]["known_at"]
        last = None if known.empty else str(known.iloc[0])[:10]
        assert [moves.set_index("transaction_id").loc["3", "amount_minor"], last] == expected
        (bank.raw / "rates_20210310.csv").unlink(missing_ok=True)


def test_a_record_that_tells_of_nobody_is_rejected_with_a_rule(bank):
    content = _content(bank)
    content["files"]["people"]["columns"]["id"] = {"type": "string", "private": "record"}
    content["files"]["moves"]["columns"]["person"] = {"type": "string", "private": "record"}
    content["identities"] = [
        {
            "file": "people",
            "system": "crm",
            "id": "id",
            "kind": "'person'",
            "known_at": "CASE id WHEN 'A' THEN since END",
        }
    ]
    content["tables"]["customers"][0]["columns"]["customer_id"] = {"system": "crm", "from": "id"}
    entry = content["tables"]["transactions"][0]
    entry["columns"]["customer_id"] = {"system": "crm", "from": "person"}
    bank.map(content)
    (people,) = [row for row in bank.integrate()["rows"] if row["table"] == "customers"]
    assert (people["rows_out"], people["rejected"]) == (1, {"orphan_customer": 1})
    assert len(bank.table("customers")) == 1
