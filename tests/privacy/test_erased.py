"""The list of the erased: only keyed hashes, never lost by a change of key or version."""

import json

import pytest

from src.core.errors import KehuError
from src.core.files import write_json
from src.privacy.erased import ANY_SYSTEM, Erased, load_erased, save_erased
from src.privacy.key import fingerprint
from tests.support.privacy.two_system_bank import KEY

ONE = Erased(KEY).with_customer("bank", ["K1", "K2"], [("crm", "C0000042")], ["6217000012345678"])


def test_a_list_that_was_saved_holds_the_same_people(tmp_path):
    path = tmp_path / "incoming" / "erased.json"
    save_erased(path, ONE)
    assert load_erased(path, KEY) == ONE
    assert load_erased(tmp_path / "none.json", KEY) == Erased(KEY)


def test_the_file_holds_hashes_alone(tmp_path):
    save_erased(tmp_path / "erased.json", ONE)
    text = (tmp_path / "erased.json").read_text("utf-8")
    for secret in ("K1", "C0000042", "6217000012345678", "bank", "crm", KEY.decode()):
        assert secret not in text
    content = json.loads(text)
    assert content["version"] == 1
    assert content["key"] == fingerprint(KEY)
    assert [len(content[name]) for name in ("customers", "records", "accounts")] == [2, 2, 1]


def test_adding_a_customer_twice_changes_nothing_and_order_does_not_matter(tmp_path):
    again = ONE.with_customer("bank", ["K2", "K1"], [("crm", "C0000042")], ["6217000012345678"])
    assert again == ONE
    two = [("a", "1"), ("b", "2")]
    for name, records in (("x", two), ("y", two[::-1])):
        save_erased(tmp_path / name, Erased(KEY).with_customer("bank", ["K"], records, []))
    assert (tmp_path / "x").read_bytes() == (tmp_path / "y").read_bytes()


def test_a_record_is_found_under_its_system_and_under_none_but_under_no_other():
    assert ONE.record_test("bank", "crm")("C0000042")
    assert not ONE.record_test("bank", "crm")("C1")
    assert ONE.record_test("bank", ANY_SYSTEM)("C0000042")
    assert not ONE.record_test("bank", "core")("C0000042")
    assert not ONE.record_test("other", "crm")("C0000042")
    assert ONE.account_test("bank")("6217000012345678")
    assert not ONE.account_test("bank")("C0000042")
    assert not Erased(KEY).account_test("bank")("6217000012345678")
    assert ONE.holds_customer("K2")
    assert not ONE.holds_customer("K3")


def test_another_key_is_refused_as_the_erased_would_come_back(tmp_path):
    save_erased(tmp_path / "erased.json", ONE)
    with pytest.raises(KehuError, match=r"made with another key.*come back"):
        load_erased(tmp_path / "erased.json", b"x" + KEY)
    save_erased(tmp_path / "empty.json", Erased(KEY))
    assert not load_erased(tmp_path / "empty.json", b"x" + KEY)


@pytest.mark.parametrize(
    "content",
    [[], {}, {"version": 2, "key": None, "customers": [], "records": [], "accounts": []}],
)
def test_a_damaged_or_newer_list_is_refused(tmp_path, content):
    write_json(tmp_path / "erased.json", content)
    with pytest.raises(KehuError, match="expected"):
        load_erased(tmp_path / "erased.json", KEY)


def test_the_key_does_not_show_in_the_repr():
    assert KEY.decode() not in repr(ONE)
