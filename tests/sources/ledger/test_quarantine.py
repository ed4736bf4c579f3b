"""What was put aside or changed names nobody: neither in marked columns nor in those that only
their way into the ledger makes private."""

import copy
from pathlib import Path

import pandas as pd
import pytest
import yaml

from src.core.errors import SourceError
from tests.support.sources.integration import integrate_into
from tests.support.sources.tiny import MAPPING

PEOPLE = "id,since\nCUST7001,01.02.2020\nCUST7002,15.03.2020\n"
MOVES = (
    "no;person;card;payee;moment;what;amount;remark\n"
    "1;CUST7001;6217000011112222;ACC-555-001;2021-01-01 00:00:00;IN;100,25;fine\n"
    "2;CUST7009;6217000011113333;ACC-555-002;2021-01-05 10:00:00;OUT;-1,5;Anna Example\n"
    "3;CUST7002;6217000011114444;ACC-555-003;2021-01-06 10:00:00;OUT;0;Anna Example\n"
)
SECRETS = ("CUST7", "62170000", "ACC-555", "Anna", "Example")


class Bank:
    """The tiny bank with accounts, the other side and notes; nothing is marked as private."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.content = copy.deepcopy(MAPPING)
        files, tables = self.content["files"], self.content["tables"]
        del files["rates"], tables["fx_rates"]
        files["people"]["ignored"] = []
        columns = files["moves"]["columns"]
        del columns["currency"]
        columns.update(card="string", payee="string", remark="string")
        columns["moment"]["formats"] = {"other_order": "%d.%m.%Y %H:%M:%S"}
        self.move["columns"] |= {
            "account_id": "card",
            "counterparty": "payee",
            "amount_minor": {"money": {"amount": "amount"}},
            "currency": {"constant": "EUR"},
        }
        tables["interactions"] = [
            {
                "file": "moves",
                "columns": {
                    "interaction_id": "no",
                    "customer_id": "person",
                    "occurred_at": "moment",
                    "kind": {"constant": "visit"},
                    "text": "remark",
                    "known_at": "moment",
                },
            }
        ]

    @property
    def move(self) -> dict:
        """The entry of the movements."""
        return self.content["tables"]["transactions"][0]

    def make_moments_private(self) -> None:
        """A column that is read by formats tells what is private, and nothing comes of it."""
        self.content["files"]["moves"]["columns"]["moment"]["private"] = "text"
        day = {"constant": "2021-01-01"}
        for table in ("transactions", "interactions"):
            columns = self.content["tables"][table][0]["columns"]
            columns |= {"occurred_at": day, "known_at": day}
        self.move["where"] = "moment IS NOT NULL"

    def integrate(self, moves: str = MOVES, people: str = PEOPLE) -> dict[str, pd.DataFrame]:
        """The tables of what was put aside and changed; every file but the vault's is searched."""
        raw = self.folder / "raw"
        raw.mkdir(exist_ok=True)
        (raw / "people.csv").write_text(people, encoding="utf-8")
        (raw / "moves.csv").write_text(moves, encoding="utf-8")
        path = self.folder / "tiny.yaml"
        path.write_text(yaml.safe_dump(self.content), encoding="utf-8")
        integrate_into(path, raw, self.folder)
        ledger = self.folder / "ledger"
        assert not any(secret in (ledger / "integration.json").read_text() for secret in SECRETS)
        tables = {path.stem: pd.read_parquet(path) for path in ledger.glob("*.parquet")}
        for name, table in tables.items():
            if name != "interactions":  # a name that no column tells stays in a note
                shown = table.to_csv()
                assert [secret for secret in SECRETS if secret in shown] == [], name
        return tables


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    return Bank(tmp_path)


def test_rejected_rows_show_the_shape_of_whatever_names_somebody(bank):
    rows = bank.integrate()["quarantine"].set_index(["table", "line"])["row"]
    assert '"person":"[record AAAA9999]"' in rows["transactions", 3]
    assert '"card":"[account 9999999999999999]"' in rows["transactions", 3]
    assert '"payee":"[account AAA-999-999]"' in rows["transactions", 3]
    assert '"remark":"[text of 12]"' in rows["transactions", 3]
    assert '"what":"OUT"' in rows["transactions", 3]
    assert rows["transactions", 4] != ""


def test_lines_that_are_no_rows_show_their_shape(bank):
    rows = bank.integrate(MOVES + "CUST7001;Anna Example\n")["quarantine"]
    (row,) = rows[rows["rule"] == "malformed_line"]["row"]
    assert row == '{"text":"[line AAAA9999;Aaaa Aaaaaaa]"}'


def test_rows_of_the_mapping_itself_show_the_shape_of_their_customers(bank):
    bank.content["tables"]["questionnaires"] = [
        {
            "rows": [
                {"customer_id": "CUST7009", "completed_at": "2021-01-01", "risk_level": 2}
                | {"answers": "Anna Example", "known_at": "2021-01-01"}
            ]
        }
    ]
    quarantine = bank.integrate()["quarantine"].set_index("table")
    row = quarantine.loc["questionnaires", "row"]
    assert "[private AAAA9999]" in row
    assert "Anna" not in row


def test_corrections_show_the_shape_of_values_that_name_somebody(bank):
    bank.content["rules"] = [
        {"name": f"upper_{column}", "table": table, "reason": "typing", "when": "true"}
        | {"correct": {column: f"lower({column})"}}
        for table, column in (
            ("transactions", "account_id"),
            ("transactions", "counterparty"),
            ("interactions", "text"),
        )
    ]
    changed = bank.integrate(MOVES.replace("6217000011112222", "CARD62170000"))["corrections"]
    shown = set(changed[changed["column"] != "text"]["before"])
    assert shown == {"[private AAAA99999999]", "[private AAA-999-999]"}
    assert set(changed["column"]) == {"account_id", "counterparty", "text"}


def test_a_private_value_that_only_another_format_reads_shows_its_shape_before_and_after(bank):
    bank.make_moments_private()
    changed = bank.integrate(MOVES.replace("2021-01-01 00:00:00", "24.12.2020 18:30:00"))
    assert changed["corrections"][["column", "before", "after"]].to_numpy().tolist() == [
        ["moment", "[text of 19]", "[text of 19]"]
    ]


def test_a_value_that_an_expression_can_not_take_is_an_error_with_its_shape(bank):
    asked = "CASE WHEN CAST(person AS INTEGER) > 1 THEN 1 END"
    bank.move["columns"]["quantity"] = {"expression": asked}
    with pytest.raises(SourceError, match=r"convert string \[value AAAA9999\] to INT32"):
        bank.integrate()


def test_a_value_without_a_meaning_is_an_error_with_its_shape(bank):
    bank.move["columns"]["account_id"] = {"from": "card", "values": {"A": "B"}}
    with pytest.raises(SourceError, match=r"column 'card' has \[account 9999999999999999\];"):
        bank.integrate()


def test_a_column_of_another_type_is_an_error_with_the_shape_of_its_first_value(bank):
    bank.make_moments_private()
    names = "".join(f"{n};CUST7001;6;A;Anna Example;IN;1;x\n" for n in range(9, 40))
    with pytest.raises(SourceError, match=r"column 'moment' has '\[text of 12\]'"):
        bank.integrate(MOVES + names)


def test_a_joined_number_that_stands_twice_is_an_error_with_its_shape(bank):
    bank.move["join"] = [{"file": "people", "by": {"id": "person"}}]
    with pytest.raises(SourceError, match=r"id \[record AAAA9999\] stands in 2 rows"):
        bank.integrate(people=PEOPLE + "CUST7001,01.02.2021\n")


def test_a_file_without_its_header_is_an_error_that_does_not_show_the_first_row(bank):
    with pytest.raises(SourceError, match="none of its declared columns") as caught:
        bank.integrate(MOVES.partition("\n")[2])
    assert not any(secret in str(caught.value) for secret in SECRETS)
