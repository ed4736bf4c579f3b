"""Before an erasure: whose numbers, how many rows. After it: every trace that is left."""

import json
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from src.core.errors import KehuError
from src.privacy.erased import Erased
from src.privacy.erasure import Erasure
from src.privacy.numbers import numbers_of
from src.privacy.people import look_up
from src.privacy.plan import make_plan
from src.privacy.redact import redact
from src.privacy.vault import open_vault
from src.privacy.verify import still_there
from tests.support.privacy.two_system_bank import (
    KEY,
    account_id,
    customer_id,
    mapping,
    write_bank_vault,
    write_ledger,
    write_raw,
)

SOURCE = mapping()


@pytest.fixture
def bank(tmp_path):
    write_raw(tmp_path / "raw")
    write_ledger(tmp_path / "ledger")
    write_bank_vault(tmp_path / "vault")
    return tmp_path


def plan_for(bank, *customers):
    vault = open_vault(bank / "vault")
    people = [look_up(who, vault, KEY) for who in customers]
    return make_plan(people, SOURCE, bank / "raw", bank / "ledger", vault, Erased(KEY))


def test_a_plan_counts_records_raw_rows_and_ledger_rows(bank):
    plan = plan_for(bank, "crm:C1")
    assert plan.records == {"contact": 1, "crm": 1}
    assert plan.ledger == {"customers": 1, "transactions": 2, "interactions": 1}
    assert plan.raw == {
        "crm/people.csv": 1,
        "accounts_20230101.csv": 1,
        "moves.parquet": 2,
        "calls.jsonl": 1,
    }
    assert plan.erasure.records == (("contact", "T1"), ("crm", "C1"))
    assert plan.erasure.accounts == ("62170001",)
    assert plan.erasure.account_ids == (account_id("62170001"),)
    assert (bank / "raw/crm/people.csv").read_bytes().count(b"C1;") == 1


def test_what_was_put_aside_of_the_customer_counts_and_is_searched(bank):
    row = {"customer_id": customer_id("crm:C1"), "account_id": account_id("62170009")}
    path = bank / "ledger/rejected.parquet"
    pq.write_table(pa.Table.from_pylist([row], pq.read_schema(path)), path)
    plan = plan_for(bank, "crm:C1")
    assert plan.ledger["rejected"] == 1
    assert account_id("62170009") in plan.erasure.account_ids
    traces = plan.erasure.search.in_files([bank / "ledger"])
    assert {(t.column, t.kind) for t in traces if t.file == str(path)} == {
        ("customer_id", "pseudonym"),
        ("account_id", "pseudonym"),
    }


def test_a_plan_prints_counts_and_nothing_that_names_the_person(bank):
    said = str(plan_for(bank, "crm:C1"))
    assert customer_id("crm:C1") in said
    for secret in ("王", "13800138000", "62170001", "crm:C1"):
        assert secret not in said


def test_an_account_without_movements_is_found_beside_the_customers_number(bank):
    assert numbers_of(SOURCE, bank / "raw", ["crm:C3"], []).accounts == {"62170003"}


def test_an_account_that_another_customer_holds_too_is_shared_unless_its_rows_say_otherwise(bank):
    with (bank / "raw/accounts_20230201.csv").open("ab") as stream:
        stream.write(b"62170003,C2\r\n")
    found = numbers_of(SOURCE, bank / "raw", ["crm:C3"], [])
    assert (found.accounts, found.shared) == (set(), {"62170003"})
    found = numbers_of(SOURCE, bank / "raw", ["crm:C3"], ["62170003"])
    assert (found.accounts, found.shared) == ({"62170003"}, set())


def test_a_number_that_the_mapping_makes_by_an_expression_is_traced_back(bank):
    content = json.loads(SOURCE.model_dump_json(by_alias=True, exclude_unset=True))
    content["identities"] = []
    content["tables"]["customers"][0]["columns"]["customer_id"] = {"expression": "'client-' || no"}
    moves = content["tables"]["transactions"][0]["columns"]
    moves["customer_id"] = {"expression": "'client-' || accounts.holder"}
    moves["account_id"] = {"expression": "'a/' || acct"}
    content["tables"]["interactions"][0]["columns"]["customer_id"] = {"constant": "client-C2"}
    source = mapping(**content)
    found = numbers_of(source, bank / "raw", ["client-C1"], ["a/62170001"])
    assert found.records == {("", "C1")}
    assert found.accounts == {"62170001"}
    moves["account_id"] = {"expression": "acct || cents"}
    with pytest.raises(KehuError, match="of 2 columns; expected one"):
        numbers_of(mapping(**content), bank / "raw", ["client-C1"], ["621700011"])


def unmarked():
    """The bank's mapping without identities and without a word of what is private."""
    content = json.loads(SOURCE.model_dump_json(by_alias=True, exclude_unset=True))
    content["identities"] = []
    for file in content["files"].values():
        for column in file["columns"].values():
            if isinstance(column, dict):
                column.pop("private", None)
    for entries in content["tables"].values():
        for entry in entries:
            entry["columns"]["customer_id"].pop("system")
    return content


def test_whose_a_row_is_follows_from_the_tables_where_the_mapping_does_not_mark_it(bank):
    found = numbers_of(mapping(**unmarked()), bank / "raw", ["C1"], ["62170001"])
    assert found.records == {("", "C1")}
    assert found.accounts == {"62170001"}


def test_a_mapping_in_which_no_column_says_whose_a_row_is_can_not_be_erased_from(bank):
    content = unmarked()
    for entries in content["tables"].values():
        for entry in entries:
            entry["columns"]["customer_id"] = {"expression": "_row || '-' || _line"}
    with pytest.raises(KehuError, match="no column holds customer numbers"):
        numbers_of(mapping(**content), bank / "raw", ["C1"], [])


def test_customers_who_may_be_the_same_person_are_pointed_at(bank):
    path = bank / "vault/identities.parquet"
    rows = pq.read_table(path).to_pylist()
    for row in rows:
        row["phone"] = "13800138000" if row["record"] == "crm:C3" else row["phone"]
    pq.write_table(pa.Table.from_pylist(rows, pq.read_schema(path)), path)
    plan = plan_for(bank, "crm:C1")
    assert plan.alike == {customer_id("crm:C3"): ("phone",)}
    assert f"look at {customer_id('crm:C3')}: it has the same phone" in str(plan)
    assert plan.erasure.details["phone"] == ()


def test_a_number_that_may_be_an_amount_is_not_searched_for(bank):
    details = {"phone": ("8001234", "110"), "id_number": ("706213", "70621X"), "name": ("Li Na",)}
    erasure = replace(plan_for(bank, "crm:C1").erasure, details=details, records=(("crm", "1"),))
    found = erasure.search.texts
    assert found["phone"] == ("8001234",)
    assert found["id_number"] == ("70621X",)
    assert found["name"] == ("Li Na",)
    assert "1" not in found["record"]


def test_customers_are_erased_together_by_one_plan(bank):
    one, other, both = plan_for(bank, "crm:C1"), plan_for(bank, "crm:C3"), None
    both = plan_for(bank, "crm:C1", "crm:C3")
    assert both.erasure.customers == (customer_id("crm:C1"), customer_id("crm:C3"))
    assert set(both.erasure.records) == {*one.erasure.records, *other.erasure.records}
    assert both.ledger["customers"] == 2
    assert both.raw["crm/people.csv"] == 2
    assert [line for line in str(both).splitlines() if line.startswith("customer ")] == [
        f"customer {customer_id(record)}" for record in ("crm:C1", "crm:C3")
    ]


def test_what_only_the_erased_share_goes_with_them(bank):
    share_phone_and_account(bank)
    alone = plan_for(bank, "crm:C1")
    assert alone.erasure.details["phone"] == ()
    assert alone.erasure.accounts == ()
    assert alone.shared_accounts == 1
    assert alone.alike == {customer_id("crm:C3"): ("phone",)}
    both = plan_for(bank, "crm:C1", "crm:C3")
    assert both.erasure.details["phone"] == ("13800138000",)
    assert set(both.erasure.accounts) == {"62170001", "62170003"}
    assert (both.shared_accounts, both.alike) == (0, {})


def share_phone_and_account(bank):
    """C3 gets the phone of C1, and becomes a holder of its account."""
    path = bank / "vault/identities.parquet"
    rows = pq.read_table(path).to_pylist()
    for row in rows:
        row["phone"] = "13800138000" if row["record"] == "crm:C3" else row["phone"]
    pq.write_table(pa.Table.from_pylist(rows, pq.read_schema(path)), path)
    with (bank / "raw/accounts_20230201.csv").open("ab") as stream:
        stream.write(b"62170001,C3\r\n")
    path = bank / "ledger/transactions.parquet"
    moves = pq.read_table(path).to_pylist()
    moves.append({**moves[0], "customer_id": customer_id("crm:C3")})
    pq.write_table(pa.Table.from_pylist(moves, pq.read_schema(path)), path)


def test_an_erasure_comes_back_from_plain_values_and_its_repr_names_nobody(bank):
    erasure = plan_for(bank, "crm:C1", "crm:C3").erasure
    assert Erasure.from_json(json.loads(json.dumps(erasure.to_json()))) == erasure
    assert "王伟" not in repr(erasure)


def test_what_still_names_the_person_is_found_in_raw_files_vault_and_outputs(bank):
    erasure = plan_for(bank, "crm:C1").erasure
    erased = erasure.added_to(Erased(KEY))

    def left():
        vault = open_vault(bank / "vault")
        outputs = [bank / "ledger"]
        traces = still_there(erasure, SOURCE, bank / "raw", vault, erased, outputs)
        return {(t.file.removeprefix(f"{bank}/"), t.column, t.kind) for t in traces}

    before = left()
    assert ("raw/moves.parquet", "", "2 erased rows") in before
    assert ("raw/crm/people.csv", "name", "name") in before
    assert ("vault/cross_reference.parquet", "record", "record") in before
    assert ("vault/accounts.parquet", "account_id", "account") in before
    assert ("ledger/transactions.parquet", "customer_id", "pseudonym") in before
    redact(SOURCE, bank / "raw", erased)
    # a note about the person in another customer's row is found, though no column says so
    assert {where for where, _, _ in left() if where.startswith("raw")} == set()
    with (bank / "raw/calls.jsonl").open("a", encoding="utf-8") as stream:
        stream.write('{"id": "i7", "caller": "T2", "notes": "husband has 13800138000"}\n')
    assert {where for where, _, kind in left() if kind == "phone"} == {
        "raw/calls.jsonl",
        "vault/identities.parquet",
    }
