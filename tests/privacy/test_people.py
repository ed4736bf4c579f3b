"""From a pseudonym, a record or a number to the person, and never to another."""

import duckdb
import pytest

from src.core.errors import KehuError
from src.privacy.find import find
from src.privacy.people import UnknownCustomerError, look_up, who_shares
from src.privacy.pseudonym import CUSTOMER, pseudonym
from src.privacy.vault import DETAILS, TABLES, open_vault, write_vault
from tests.support.privacy.two_system_bank import (
    CUSTOMERS,
    KEY,
    account_id,
    customer_id,
    write_bank_vault,
)


@pytest.fixture(scope="module")
def vault(tmp_path_factory):
    return open_vault(write_bank_vault(tmp_path_factory.mktemp("bank") / "vault"))


@pytest.mark.parametrize("who", ["crm:C1", "contact:T1", "C1", "T1", customer_id("crm:C1")])
def test_a_customer_is_found_by_each_of_its_names(vault, who):
    person = look_up(who, vault, KEY)
    assert person.customer_id == customer_id("crm:C1")
    assert person.records == ("contact:T1", "crm:C1")
    assert person.details["name"] == ("王 伟", "王伟")
    assert person.details["phone"] == ("13800138000",)
    assert person.details["email"] == ()


def test_a_number_of_two_systems_is_refused_and_both_customers_named(vault):
    with pytest.raises(UnknownCustomerError, match="2 customers") as raised:
        look_up("1", vault, KEY)
    for record in ("crm:1", "contact:1"):
        assert customer_id(record) in str(raised.value)
        assert look_up(record, vault, KEY).records == (record,)


@pytest.mark.parametrize("who", ["crm:C9", "K" + "A" * 20, "", "C"])
def test_nobody_is_found_where_nobody_is(vault, who):
    with pytest.raises(
        UnknownCustomerError, match=r"found nobody; expected.*such as contact:\[record 9\]"
    ):
        look_up(who, vault, KEY)


def test_another_key_is_refused(vault):
    with pytest.raises(KehuError, match="made with another key"):
        look_up("crm:C1", vault, b"x" + KEY)


def test_a_pseudonym_from_before_a_merge_leads_to_the_present_one(tmp_path):
    now, before = (pseudonym(KEY, CUSTOMER, record) for record in ("crm:C1", "core:B1"))
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE x AS SELECT * FROM (VALUES ('crm:C1', '{now}', '2020-01-01', NULL), "
            f"('core:B1', '{before}', '2020-02-01', '2020-03-01'), "
            f"('core:B1', '{now}', '2020-03-01', NULL)) "
            "AS x(record, customer_id, known_at, known_until)"
        )
        write_vault(tmp_path / "vault", connection, {"cross_reference": "SELECT * FROM x"})
    vault = open_vault(tmp_path / "vault")
    person = look_up(before, vault, KEY)
    assert person.pseudonyms == (now, before)
    assert person.records == ("core:B1", "crm:C1")
    assert f"before a merge: {before}" in find(before, vault, KEY).text
    with pytest.raises(KehuError, match="made with another key"):
        look_up(now, vault, b"x" + KEY)


def test_customers_who_share_a_detail_are_named_by_kind(vault, tmp_path):
    assert who_shares(look_up("crm:C1", vault, KEY), vault, DETAILS) == {}
    with duckdb.connect() as connection:
        queries = {name: f"FROM '{vault.folder}/{name}.parquet'" for name in TABLES}
        queries["identities"] = (
            f"SELECT * REPLACE (coalesce(phone, '13800138000') AS phone) FROM "
            f"'{vault.folder}/identities.parquet'"
        )
        write_vault(tmp_path / "vault", connection, queries)
    other = open_vault(tmp_path / "vault")
    shared = who_shares(look_up("crm:C1", other, KEY), other, DETAILS)
    assert shared == {"phone": {customer_id("contact:1"), customer_id("contact:T2")}}


def test_find_prints_numbers_and_pseudonyms_but_no_names(vault):
    customer = customer_id("crm:C1")
    found = find(customer, vault, KEY)
    assert found.text.splitlines() == [
        f"customer {customer}",
        "record contact:T1",
        "record crm:C1",
    ]
    assert found.pseudonyms == (customer,)
    for who in ("62170001", account_id("62170001")):
        found = find(who, vault, KEY)
        assert found.text == f"account 62170001 = {account_id('62170001')}"
        assert found.pseudonyms == (account_id("62170001"),)


@pytest.mark.parametrize(
    ("who", "customers"),
    [
        ("138-0013 8000", {"crm:C1": "phone"}),
        ("１３８００１３８０００", {"crm:C1": "phone"}),
        (" 王 伟", {"crm:C1": "name"}),
        ("赵敏", {"crm:C2": "name"}),
    ],
)
def test_customers_are_found_by_what_their_systems_tell_of_them(vault, who, customers):
    found = find(who, vault, KEY)
    told = {customer_id(record): kind for record, kind in customers.items()}
    assert found.text.splitlines() == [f"customer {c} by {told[c]}" for c in sorted(told)]
    assert found.pseudonyms == tuple(sorted(told))


def test_a_detail_of_several_customers_finds_all_of_them(tmp_path):
    bank = open_vault(write_bank_vault(tmp_path / "bank"))
    with duckdb.connect() as connection:
        queries = {name: f"FROM '{bank.folder}/{name}.parquet'" for name in TABLES}
        queries["identities"] = (
            f"SELECT * REPLACE ('A@x.com' AS email) FROM '{bank.folder}/identities.parquet'"
        )
        write_vault(tmp_path / "vault", connection, queries)
    found = find("a@X.com", open_vault(tmp_path / "vault"), KEY)
    assert set(found.pseudonyms) == set(map(customer_id, CUSTOMERS))


@pytest.mark.parametrize("who", ["nobody", "13800138", "王", "", "-"])
def test_what_nobody_has_is_an_error_that_says_what_can_be_asked_for(vault, who):
    with pytest.raises(UnknownCustomerError, match="phone, address") as raised:
        find(who, vault, KEY)
    assert not who or f"'{who}'" not in str(raised.value)
