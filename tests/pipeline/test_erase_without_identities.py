"""Of a source that resolves nobody, customers are found and erased as of any other."""

import json
from pathlib import Path

import pandas as pd
import pytest

from src.pipeline import paths
from src.privacy.erased import Erased, save_erased
from src.privacy.find import find
from src.privacy.key import load_key
from src.privacy.people import look_up
from src.privacy.plan import make_plan
from src.privacy.vault import open_vault
from src.privacy.verify import still_there
from src.sources.mapping.mapping import load_mapping
from tests.support.sources.generated_sources import source
from tests.support.sources.pipeline_stages import integrated, ledger_table

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
    vault, key = open_vault(bank / paths.VAULT), load_key()
    customer = find("CUSTOMER-1", vault, key).pseudonyms
    assert find("王 伟", vault, key).pseudonyms == customer
    assert find("138 0013 8000", vault, key).pseudonyms == customer
    assert find(customer[0], vault, key).text == f"customer {customer[0]}\nrecord CUSTOMER-1"
    assert find("6217000000000001", vault, key).text.startswith("account 6217000000000001 = A")
    assert len(find("anna example", vault, key).pseudonyms) == 2


def test_a_customer_is_erased_from_everything(bank: Path) -> None:
    key = load_key()
    mapping = load_mapping(bank / paths.SOURCES / "shape.yaml")
    vault = open_vault(bank / paths.VAULT)
    person = look_up("CUSTOMER-2", vault, key)
    before = ledger_table(bank, "customers")
    erased = Erased(key)
    raw, ledger = bank / paths.RAW, bank / paths.LEDGER
    plan = make_plan(person, mapping, raw, ledger, vault, erased)
    assert plan.raw == {"people.csv": 1, "moves.csv": 1}
    assert plan.erasure.details["phone"] == ("13900139000",)
    assert plan.erasure.details["name"] == ()  # another customer's as well
    save_erased(bank / paths.ERASED, plan.erasure.added_to(erased))
    integrated(bank)
    closed = {bank / path for path in (paths.INCOMING, paths.RAW, paths.VAULT)}
    made = set((bank / paths.DATA).iterdir()) - closed
    vault = open_vault(bank / paths.VAULT)
    assert still_there(plan.erasure, mapping, raw, vault, plan.erasure.added_to(erased), made) == []
    after = ledger_table(bank, "customers")
    assert set(before["customer_id"]) - set(after["customer_id"]) == set(person.pseudonyms)
    assert len(ledger_table(bank, "transactions")) == 2
    quarantine = ledger_table(bank, "quarantine")
    assert quarantine["rule"].tolist() == ["orphan_customer"]
    assert "CUSTOMER-9" not in json.dumps(quarantine.to_dict("records"), default=str)
