"""Of a source that resolves nobody, customers are found and erased as of any other."""

import json
from pathlib import Path

import pandas as pd
import pytest

from src.pipeline.deliveries.inputs import key_of, mapping_of
from src.privacy.erased import Erased, save_erased
from src.privacy.find import find
from src.privacy.key import load_key
from src.privacy.people import look_up
from src.privacy.plan import make_plan
from src.privacy.vault import open_vault
from src.privacy.verify import still_there
from tests.support.sources.generated_sources import source
from tests.support.sources.pipeline_stages import data_of, integrated, ledger_table, run_of

# no column is marked as a customer's or an account's number: that follows from the tables
BODY = """
files:
  people:
    path: people.csv
    columns:
      "no": string
      since: date
      full: {private: name}
      mobile: {private: phone}
  moves:
    path: moves.csv
    columns: {id: string, who: string, card: string, payee: string, day: date, cents: integer}
tables:
  customers:
    - file: people
      columns: {customer_id: "no", kind: {constant: person}, known_at: since}
  transactions:
    - file: moves
      columns:
        transaction_id: id
        customer_id: who
        account_id: card
        counterparty: payee
        occurred_at: day
        kind: {constant: deposit}
        amount_minor: {money: {amount: cents, unit: "0.01"}}
        currency: {constant: CNY}
        known_at: day
"""
PEOPLE = pd.DataFrame(
    {
        "no": ["CUSTOMER-1", "CUSTOMER-2", "CUSTOMER-3"],
        "since": "2023-01-01",
        "full": ["王伟", "Anna Example", "Anna Example"],
        "mobile": ["13800138000", "13900139000", None],
    }
)
MOVES = pd.DataFrame(
    {
        "id": ["m1", "m2", "m3", "m4"],
        "who": ["CUSTOMER-1", "CUSTOMER-2", "CUSTOMER-3", "CUSTOMER-9"],
        "card": ["6217000000000001", "6217000000000002", "6217000000000003", "6217000000000001"],
        "payee": ["6217000000000002", "6217000000000001", "elsewhere", "elsewhere"],
        "day": "2023-06-01",
        "cents": 100,
    }
)


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    folder = source(tmp_path, "churn", BODY, {"people.csv": PEOPLE, "moves.csv": MOVES})
    integrated(folder)
    return folder


def test_customers_are_found_by_number_account_and_detail(bank: Path) -> None:
    vault, key = open_vault(data_of(bank) / "vault"), load_key()
    customer = find("CUSTOMER-1", vault, key).pseudonyms
    assert find("王 伟", vault, key).pseudonyms == customer
    assert find("138 0013 8000", vault, key).pseudonyms == customer
    assert find(customer[0], vault, key).text == f"customer {customer[0]}\nrecord CUSTOMER-1"
    assert find("6217000000000001", vault, key).text.startswith("account 6217000000000001 = A")
    assert len(find("anna example", vault, key).pseudonyms) == 2


def test_two_customers_are_erased_from_everything_that_was_made(
    bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bank)
    run = run_of(bank)
    where, erased = run.paths, Erased(key_of(run))
    vault = open_vault(where.vault)
    people = [look_up(who, vault, key_of(run)) for who in ("CUSTOMER-2", "CUSTOMER-3")]
    before = ledger_table(bank, "customers")
    plan = make_plan(people, mapping_of(run), where.raw, where.ledger, vault, erased)
    assert plan.raw == {"people.csv": 2, "moves.csv": 2}
    assert plan.erasure.details["phone"] == ("13900139000",)
    assert plan.erasure.details["name"] == ("Anna Example",)  # theirs alone, both together
    erased = plan.erasure.added_to(erased)
    save_erased(where.erased_list(), erased)
    integrated(bank)
    made = set(where.folder.iterdir()) - {where.raw, where.vault}
    vault = open_vault(where.vault)
    assert still_there(plan.erasure, mapping_of(run), where.raw, vault, erased, made) == []
    after = ledger_table(bank, "customers")
    gone = {person.customer_id for person in people}
    assert set(before["customer_id"]) - set(after["customer_id"]) == gone
    assert len(ledger_table(bank, "transactions")) == 1
    quarantine = ledger_table(bank, "quarantine")
    assert quarantine["rule"].tolist() == ["orphan_customer"]
    assert "CUSTOMER-9" not in json.dumps(quarantine.to_dict("records"), default=str)
