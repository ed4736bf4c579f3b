"""Integration converts exactly, accounts for every row, and says plainly what is wrong."""

import json
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from src.core.engine import EngineParams, connect
from src.core.ledger import open_ledger
from src.core.schemas import TABLES
from src.features.spine import data_period
from tests.support.sources.small_source import Bank, moves
from tests.support.sources.tiny import MAPPING, MOVES, RATES


def test_the_ledger_opens_with_all_its_tables_and_their_schemas(bank):
    account = bank.integrate()
    ledger = open_ledger(bank.ledger, connect(EngineParams()))
    assert set(ledger.tables) == set(TABLES)
    assert account["data_end"] == "2021-01-06T00:00:00"
    assert account["supports"] == {"value_tier": True, "churn": True}
    assert account["unsupported"] == {"risk_appetite": "no questionnaires"}


def test_amounts_become_exact_minor_units_by_the_last_rate_known_before(bank):
    bank.integrate()
    # 10.125 USD at 0.8 (the rate of the fifth, known at its first instant, applies: 0.9)
    assert bank.table("transactions")["amount_minor"].tolist() == [10025, -911]


def test_a_rate_known_at_the_very_instant_is_not_yet_used(bank):
    bank.write("moves.csv", MOVES.replace("2021-01-05 10:00:00", "2021-01-05 00:00:00"))
    bank.integrate()
    assert bank.table("transactions")["amount_minor"].tolist() == [10025, -810]


@pytest.mark.parametrize("last", ["2021-01-05 00:00:00", "2021-01-05 23:59:59"])
def test_the_account_ends_the_data_where_the_features_do(bank, last):
    bank.write("moves.csv", MOVES.replace("2021-01-05 10:00:00", last))
    end = datetime.fromisoformat(bank.integrate()["data_end"])
    assert end == datetime(2021, 1, 6)
    assert data_period(open_ledger(bank.ledger, connect(EngineParams())))[1] == end


def test_the_base_currency_has_the_rate_one_from_before_everything(bank):
    account = bank.integrate()
    first = bank.table("fx_rates").iloc[0]
    assert (first["currency"], first["rate"], first["source"]) == ("EUR", 1.0, "tiny")
    assert first["date"] == first["known_at"] == datetime(1970, 1, 1)
    assert [(row["table"], row["rows_out"]) for row in account["added"]] == [("fx_rates", 1)]
    entries = [row for row in account["rows"] if row["table"] == "fx_rates"]
    assert [(row["file"], row["rows_in"], row["rows_out"]) for row in entries] == [
        ("rates.csv", 2, 2)
    ]


def test_a_source_without_rates_has_that_of_its_base_currency(bank):
    content = json.loads(json.dumps(MAPPING))
    del content["tables"]["fx_rates"], content["files"]["rates"]
    bank.map(content)
    assert bank.integrate()["added"][0]["rows_out"] == 1
    assert bank.table("fx_rates")["currency"].tolist() == ["EUR"]


def test_delivered_rates_of_one_for_the_base_currency_are_rejected_as_needless(bank):
    bank.write("rates.csv", RATES + "EUR,1970-01-01,1\nEUR,2021-01-02,1.0\n")
    account = bank.integrate()
    (entry,) = [row for row in account["rows"] if row["table"] == "fx_rates"]
    assert (entry["rows_in"], entry["rows_out"]) == (4, 2)
    assert entry["rejected"] == {"rate_of_base_currency": 2}
    assert bank.table("fx_rates")["currency"].tolist() == ["EUR", "USD", "USD"]


def test_two_runs_write_the_same_bytes(bank):
    bank.integrate()
    first = bank.contents()
    bank.integrate()
    assert first == bank.contents()


def test_rows_are_rejected_by_named_rules_and_stand_in_quarantine(bank):
    more = (
        "3;Z;2021-01-06 00:00:00;IN;1,00;EUR\n"
        "1;B;2021-01-01 00:00:00;IN;1,00;EUR\n"
        "2;A;2021-01-05 10:00:00;OUT;-10,125;USD\n"
        "4;B;2021-01-06 00:00:00;IN;0;EUR\n"
        "5;B;2021-01-06 00:00:00;IN;3;CHF\n"
        "6;B;;IN;3;EUR\n"
    )
    bank.write("moves.csv", MOVES + more)
    rows = next(row for row in bank.integrate()["rows"] if row["table"] == "transactions")
    assert rows["rejected"] == {
        "orphan_customer": 1,
        "superseded": 1,
        "repeated": 1,
        "zero_amount": 1,
        "no_exchange_rate": 1,
        "missing_occurred_at": 1,
    }
    quarantine = bank.table("quarantine").set_index("line")
    assert quarantine.loc[4, "rule"] == "orphan_customer"
    assert quarantine.loc[2, "rule"] == "superseded"
    assert quarantine.loc[6, "rule"] == "repeated"
    assert set(quarantine["table"]) == {"transactions"}
    assert json.loads(quarantine.loc[4, "row"])["person"] == "[record A]"


def test_what_cant_be_read_is_put_aside_row_by_row(bank):
    broken = "7;A;2021-01-06 00:00:00;IN;lots;EUR\n8;A\n9;A;06.01.2021;IN;1;EUR\n"
    bank.write("moves.csv", MOVES + moves(20) + broken)
    account = bank.integrate()
    entry, lines = (row for row in account["rows"] if row["file"] == "moves.csv")
    assert entry["rejected"] == {"unreadable_amount": 1, "unreadable_moment": 1}
    assert (entry["rows_in"], entry["rows_out"]) == (24, 22)
    assert (lines["table"], lines["rejected"]) == ("", {"malformed_line": 1})
    assert {file["file"]: file["rows"] for file in account["files"]}["moves.csv"] == 25
    found = bank.table("quarantine")
    assert dict(zip(found["line"], found["rule"], strict=True)) == {
        24: "unreadable_amount",
        25: "malformed_line",
        26: "unreadable_moment",
    }


def test_a_row_cut_in_its_last_value_is_put_aside_where_the_file_should_end_otherwise(bank):
    bank.write("moves.csv", MOVES + "3;B;2021-01-06 00:00:00;IN;1;EU")
    account = bank.integrate()
    (file,) = [file for file in account["files"] if file["file"] == "moves.csv"]
    assert (file["ends_with_newline"], file["malformed"]) == (False, 0)
    content = json.loads(json.dumps(MAPPING))
    content["files"]["moves"]["ends_with_newline"] = True
    bank.map(content)
    account = bank.integrate()
    entry, lines = (row for row in account["rows"] if row["file"] == "moves.csv")
    assert (entry["rows_in"], entry["rejected"]) == (2, {})
    assert (lines["rows_in"], lines["rejected"]) == (1, {"truncated_line": 1})
    (row,) = bank.table("quarantine").to_dict("records")
    assert (row["file"], row["line"], row["rule"]) == ("moves.csv", 4, "truncated_line")
    assert json.loads(row["row"]) == {"text": "[line 9;A;9999-99-99 99:99:99;AA;9;AA]"}


def test_rows_that_no_entry_takes_are_counted(bank):
    content = json.loads(json.dumps(MAPPING))
    content["tables"]["transactions"][0]["where"] = "what = 'IN'"
    bank.map(content)
    unused = {file["file"]: file["unused"] for file in bank.integrate()["files"]}
    assert unused == {"moves.csv": 1, "people.csv": 0, "rates.csv": 0}


def test_rejected_rows_of_the_mapping_itself_reach_the_quarantine(bank):
    content = json.loads(json.dumps(MAPPING))
    row = {"product_id": "P", "asset_class": "gold", "currency": "EUR", "known_at": "2020-01-01"}
    content["tables"]["products"] = [{"rows": [row]}]
    bank.map(content)
    bank.integrate()
    (found,) = bank.table("quarantine").to_dict("records")
    assert (found["file"], found["line"], found["table"]) == ("mapping", 1, "products")
    assert found["rule"] == "not_allowed_asset_class"
    assert json.loads(found["row"]) == row


def test_each_ledger_row_has_its_file_and_line(bank):
    bank.integrate()
    lineage = pd.read_parquet(bank.ledger / "lineage" / "transactions.parquet")
    assert lineage.to_dict("list") == {"row": [0, 1], "file": ["moves.csv"] * 2, "line": [2, 3]}


def test_references_leave_as_pseudonyms_and_the_vault_leads_back(bank):
    bank.integrate()
    known = pd.read_parquet(bank.ledger.parent / "vault" / "cross_reference.parquet")
    back = dict(zip(known["customer_id"], known["record"], strict=True))
    assert bank.table("customers")["customer_id"].map(back).tolist() == ["A", "B"]
    assert bank.table("transactions")["customer_id"].map(back).tolist() == ["A", "A"]


ROWS = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.sampled_from("ABZ"),
        st.decimals(-1000, 1000, places=3),
        st.sampled_from(["EUR", "USD", "CHF"]),
    ),
    min_size=1,
    max_size=12,
)


@settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(ROWS)
def test_rows_in_equal_rows_out_and_rejected_and_amounts_equal_decimal_arithmetic(tmp_path, rows):
    bank = Bank(Path(tmp_path) / str(len(list(tmp_path.iterdir()))))
    lines = [
        f"{no};{who};2021-01-09 00:00:00;IN;{str(amount).replace('.', ',')};{currency}\n"
        for no, who, amount, currency in rows
    ]
    bank.write("moves.csv", MOVES.splitlines(keepends=True)[0] + "".join(lines))
    account = bank.integrate()["rows"]
    for entry in account:
        assert entry["rows_in"] == entry["rows_out"] + sum(entry["rejected"].values())
    assert next(e for e in account if e["table"] == "transactions")["rows_in"] == len(rows)
    # of somebody's movements of one number known at one instant the last to come stands
    standing = {}
    for line, (no, who, amount, currency) in enumerate(rows):
        rate = {"EUR": Decimal(1), "USD": Decimal("0.9")}.get(currency)
        if rate is not None and amount != 0 and who != "Z":
            exact = (amount * rate * 100).to_integral_value(rounding=ROUND_HALF_EVEN)
            told = (who, int(exact), currency)
            line = standing[no][0] if no in standing and standing[no][1] == told else line
            standing[no] = (line, told)
    expected = [told[1] for _, told in sorted(standing.values())]
    assert bank.table("transactions")["amount_minor"].tolist() == expected
