"""From a pseudonym, a record or a number to the person, and never to another."""

import duckdb
import pytest

from src.core.errors import KehuError
from src.privacy.find import find
from src.privacy.people import UnknownCustomerError, look_up, who_shares
from src.privacy.vault import DETAILS, TABLES, open_vault, write_vault
from tests.privacy.banks import KEY, account_id, customer_id, write_bank_vault


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
    with pytest.raises(UnknownCustomerError, match="is nobody; expected"):
        look_up(who, vault, KEY)


def test_another_key_is_refused(vault):
    with pytest.raises(KehuError, match="made with another key"):
        look_up("crm:C1", vault, b"x" + KEY)


def test_a_pseudonym_from_before_a_merge_leads_to_the_present_one(tmp_path):
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE x AS SELECT * FROM (VALUES ('crm:C1', 'K1', '2020-01-01', NULL), "
            "('core:B1', 'K2', '2020-02-01', '2020-03-01'), ('core:B1', 'K1', '2020-03-01', NULL))"
            " AS x(record, customer_id, known_at, known_until)"
        )
        write_vault(tmp_path / "vault", connection, {"cross_reference": "SELECT * FROM x"})
    person = look_up("K2", open_vault(tmp_path / "vault"), KEY)
    assert person.pseudonyms == ("K1", "K2")
    assert person.records == ("core:B1", "crm:C1")
    assert "before a merge: K2" in find("K2", open_vault(tmp_path / "vault"), KEY)


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
    said = find(customer_id("crm:C1"), vault, KEY)
    assert said.splitlines() == [
        f"customer {customer_id('crm:C1')}",
        "record contact:T1",
        "record crm:C1",
    ]
    for who in ("62170001", account_id("62170001")):
        assert find(who, vault, KEY) == f"account 62170001 = {account_id('62170001')}"
    with pytest.raises(UnknownCustomerError, match="account number"):
        find("nobody", vault, KEY)
