"""Privacy at the door: every text of the ledger is a pseudonym, scrubbed, or a word of a list."""

import copy
import json
from pathlib import Path

import pandas as pd
import pytest
import yaml

from src.core.schemas import LEDGER
from src.sources.identity.private import HIDDEN
from src.sources.mapping.private_columns import FREE_TEXT, PSEUDONYMOUS
from tests.support.sources.integration import integrate_into
from tests.support.sources.tiny import MAPPING

# Codes, words of a list and numbers that a system gives its rows. A mapping that has free text for
# one of them marks it as private: text, and is refused.
WORDS = {
    "asset_class", "category", "channel", "currency", "gender", "imputed", "industry",
    "interaction_id", "issuer", "kind", "label", "marital_status", "occupation", "product_id",
    "region", "sector", "source", "task", "topic", "transaction_id",
}  # fmt: skip


def test_what_becomes_of_every_text_of_the_ledger_is_decided():
    texts = {
        (table, c.name) for table in LEDGER for c in LEDGER[table].columns if c.type == "string"
    }
    scrubbed = set(FREE_TEXT.items())
    assert scrubbed <= texts
    assert {name for _, name in texts - scrubbed} == WORDS | set(PSEUDONYMOUS)
    assert set(HIDDEN) == set(PSEUDONYMOUS) | set(FREE_TEXT.values())


def source_of(
    folder: Path, people: str, notes: str, change=lambda content: None, /, **columns
) -> Path:
    """Integrate a bank whose people and notes are given as CSV; its folder."""
    content = copy.deepcopy(MAPPING)
    content["files"] = {
        "people": {"path": "people.csv", "columns": columns},
        "notes": {
            "path": "notes.csv",
            "quote": "'",
            "columns": {"no": "string", "who": "string", "day": "date", "said": "string"},
            "expected_rows": {"at_least": 0},
        },
    }
    shared = {"customer_id": "who", "known_at": "day"}
    content["supports"], content["unsupported"] = (
        [],
        dict.fromkeys(("risk_appetite", "value_tier", "churn"), "too small"),
    )
    content["tables"] = {
        "customers": [
            {
                "file": "people",
                "columns": {
                    "customer_id": "id",
                    "kind": {"constant": "person"},
                    "known_at": "since",
                },
            }
        ],
        "questionnaires": [
            {
                "file": "notes",
                "columns": {"completed_at": "day", "risk_level": {"constant": 3}, "answers": "said"}
                | shared,
            }
        ],
        "interactions": [
            {
                "file": "notes",
                "columns": {
                    "interaction_id": "no",
                    "occurred_at": "day",
                    "kind": {"constant": "visit"},
                    "text": "said",
                }
                | shared,
            }
        ],
    }
    raw = folder / "raw"
    raw.mkdir(exist_ok=True)
    change(content)
    header = ",".join(content["files"]["notes"]["columns"])
    (raw / "people.csv").write_text(people, encoding="utf-8")
    (raw / "notes.csv").write_text(f"{header}\n{notes}", encoding="utf-8")
    (folder / "tiny.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    integrate_into(folder / "tiny.yaml", raw, folder)
    return folder


@pytest.mark.parametrize(("table", "column"), FREE_TEXT.items())
def test_free_text_loses_what_looks_like_an_identifier(tmp_path, table, column):
    notes = """1,A,2021-01-01,'{"reach": "a.b@x.com, 13800138000", "tel": 13900139000}'\n"""
    folder = source_of(tmp_path, "id,since\nA,2020-01-01\n", notes, id="string", since="date")
    (text,) = pd.read_parquet(folder / f"ledger/{table}.parquet")[column]
    assert json.loads(text) == {"reach": "[email], [phone]", "tel": "[phone]"}


PEOPLE = (
    "id,since,full,mobile,landline,home\n"
    "A,2020-01-01,王伟,13800138000,010-65551234,1 High Street\n"
    "A,2020-06-01,王伟,13900139000,010-65551234,1 High Street\n"
    "B,2020-01-01,Li Na,,,\n"
    "C,2020-01-01,,,,\n"
)
COLUMNS = {
    "id": "string",
    "since": "date",
    "full": {"private": "name"},
    "mobile": {"private": "phone"},
    "landline": {"private": "phone"},
    "home": {"private": "address"},
}


def vault_table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(folder / f"vault/{name}.parquet")


def test_private_columns_of_a_source_without_identities_stand_in_the_vault(tmp_path):
    folder = source_of(tmp_path, PEOPLE, "", **COLUMNS)
    found = vault_table(folder, "identities")
    assert set(found["customer_id"]) == set(
        vault_table(folder, "cross_reference")["customer_id"][:2]
    )
    rows = found.fillna("").groupby("record")[["name", "phone", "address"]].agg(set)
    assert rows.loc["A"].tolist() == [
        {"王伟", ""},
        {"13800138000", "13900139000", "010-65551234"},
        {"1 High Street", ""},
    ]
    assert rows.loc["B"].tolist() == [{"Li Na"}, {""}, {""}]
    assert set(rows.index) == {"A", "B"}
    first = found[found["phone"] == "13900139000"]["known_at"]
    assert first.tolist() == [pd.Timestamp("2020-06-01")]
    for path in (folder / "ledger").rglob("*.parquet"):
        assert not any(one in pd.read_parquet(path).to_csv() for one in ("王", "1390", "High"))


def test_texts_of_a_source_without_identities_lose_its_customers_names(tmp_path):
    notes = "1,A,2021-01-01,王伟 of 1 High Street\n2,B,2021-01-01,王伟 and LI NA\n"
    folder = source_of(tmp_path, PEOPLE, notes, **COLUMNS)
    texts = pd.read_parquet(folder / "ledger/interactions.parquet")["text"]
    assert texts.tolist() == ["[name] of [address]", "王伟 and [name]"]


def test_texts_lose_the_customers_own_number_though_nothing_else_is_private(tmp_path):
    people = "id,since\nCUST-0007,2020-01-01\nCUST-0008,2020-01-01\n"
    notes = "1,CUST-0007,2021-01-01,CUST-0007 asked about CUST-0008\n"
    folder = source_of(tmp_path, people, notes, id="string", since="date")
    (text,) = pd.read_parquet(folder / "ledger/interactions.parquet")["text"]
    assert text == "[customer] asked about CUST-0008"


def test_every_record_has_its_pseudonym_in_the_vault_though_nothing_is_private(tmp_path):
    folder = source_of(tmp_path, PEOPLE, "", **dict.fromkeys(COLUMNS, "string") | {"since": "date"})
    assert vault_table(folder, "identities").empty
    assert vault_table(folder, "cross_reference")["record"].tolist() == ["A", "B", "C"]


def test_details_of_files_that_only_carry_the_customers_number_or_are_joined_are_told_too(tmp_path):
    def change(content):
        files = content["files"]
        reached = {"person": {"private": "record"}, "mail": {"private": "email"}}
        files["reached"] = {"path": "reached.csv", "columns": reached}
        files["homes"] = {
            "path": "homes.csv",
            "columns": {"place": "string", "street": {"private": "address"}},
        }
        files["people"]["columns"]["place"] = "string"
        files["notes"]["columns"]["caller"] = {"private": "name"}
        customer = content["tables"]["customers"][0]
        customer["join"] = [{"file": "homes", "by": {"place": "place"}}]
        customer["columns"]["customer_id"] = {"expression": "'no-' || id"}
        for table in ("questionnaires", "interactions"):
            content["tables"][table][0]["columns"]["customer_id"] = {"expression": "'no-' || who"}

    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/reached.csv").write_text("person,mail\nA,a@x.com\nD,d@x.com\n")
    (tmp_path / "raw/homes.csv").write_text("place,street\n7,5 Low Road\n")
    people = "id,since,place\nA,2020-01-01,7\nB,2020-01-01,8\n"
    notes = "1,B,2021-01-01,fine,Zoe Other\n"
    folder = source_of(tmp_path, people, notes, change, id="string", since="date")
    rows = vault_table(folder, "identities").fillna("")
    told = rows[["record", "name", "address", "email"]].to_numpy().tolist()
    assert sorted(told) == [["no-A", "", "", "a@x.com"], ["no-A", "", "5 Low Road", ""]]
