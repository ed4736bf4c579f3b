"""Who is joined to whom, told by a few records."""

import json
import random
from datetime import date

import pytest

from tests.sources.linkage.conftest import resolved
from tests.support.linkage.population import resident_number

LI = {
    "name": "李小雷",
    "phone": "13612349876",
    "birth_date": "1980-01-22",
    "address": "北京市建国路88号5栋1203室",
}
HOUSEHOLD = {"phone": "13612349876", "address": "北京市建国路88号5栋1203室"}
ACCOUNT, ANOTHER = "6217000012344821", "6217000012347036"
CALLER = {"record": "contact:5", "name": "李小雷", "phone": "13987001122"}


def together(found):
    return len(set(found.values())) == 1


def number(born, seed=1):
    return resident_number(random.Random(seed), born)


def test_records_of_one_person_in_other_writings_are_one_customer(connection, model):
    found = resolved(
        connection,
        model,
        {"record": "crm:1"} | LI,
        {
            "record": "core:7",
            "name": "LI XIAOLEI",
            "phone": "+86 136-1234-9876",
            "birth_date": "1980-01-22",
        },
        {
            "record": "brokerage:3",
            "name": "Xiaolei Li",
            "birth_date": "1980-01-22",
            "address": "北京建国路88号5-1203",
        },
    )
    assert set(found.values()) == {"crm:1"}


@pytest.mark.parametrize(
    "other",
    [
        {"name": "王芳", "birth_date": "1982-11-03"} | HOUSEHOLD,
        {"name": "王芳"} | HOUSEHOLD,
        {"name": "李大雷", "birth_date": "1955-06-30"} | HOUSEHOLD,
        {"name": "李小梅"} | HOUSEHOLD,
        {"name": "李小雷"},
        {"name": "李小雷", "phone": "13987001122"},
        LI | {"name": "李小雨", "phone": "13987001122"},
        {"kind": "company"} | LI,
    ],
    ids=[
        "wife",
        "wife of unknown age",
        "father",
        "sister",
        "name alone",
        "namesake",
        "twin",
        "company",
    ],
)
def test_others_stay_apart(connection, model, other):
    found = resolved(connection, model, {"record": "crm:1"} | LI, {"record": "core:2"} | other)
    assert not together(found)


def test_a_caller_with_an_unknown_phone_is_found_by_name_and_account(connection, model):
    client = {"record": "core:1"} | LI
    opened = {"record": "core:1", "account": ACCOUNT}
    assert not together(resolved(connection, model, client, opened, CALLER))
    caller = CALLER | {"account": "4821"}
    assert together(resolved(connection, model, client, opened, caller))
    (text,) = connection.execute("SELECT evidence FROM identity_links").fetchall()[0]
    evidence = json.loads(text)
    assert evidence["key"] == "name_account"
    assert evidence["account"]["level"] == "same"
    assert "4821" not in text


def test_an_account_links_from_the_day_on_which_it_is_known(connection, model):
    rows = [
        {"record": "core:1", "account": ACCOUNT} | LI,
        CALLER | {"account": ANOTHER[-4:], "known_at": "2024-02-01"},
        {"record": "core:1", "account": ANOTHER, "known_at": "2024-03-01"},
    ]
    assert together(resolved(connection, model, *rows))
    (at,) = connection.execute("SELECT known_at::VARCHAR FROM identity_links").fetchall()[0]
    assert at == "2024-03-01 00:00:00"


@pytest.mark.parametrize(
    "caller",
    [
        {"name": "王芳"},
        {"name": "王芳"} | HOUSEHOLD,
        {"name": "李小梅"},
        {"name": "李小雨"} | HOUSEHOLD,
        {"name": "李小雷", "account": "7036"},
        {"kind": "company"},
    ],
    ids=["wife", "wife by his phone", "sister", "twin", "namesake", "company"],
)
def test_an_account_joins_nobody_of_another_name(connection, model, caller):
    client = {"record": "core:1", "account": ACCOUNT} | LI
    caller = CALLER | {"account": "4821"} | caller
    assert not together(resolved(connection, model, client, caller))


def test_an_account_of_an_unknown_record_makes_no_record(connection, model):
    rows = [{"record": "core:1"} | LI, {"record": "core:9", "account": ACCOUNT}]
    assert set(resolved(connection, model, *rows)) == {"core:1"}


@pytest.mark.parametrize(
    "phone",
    ["13612349870", "13621349876", "13162349876"],
    ids=["last digit", "neighbours turned round", "near the start"],
)
def test_a_slip_in_a_phone_does_not_part_a_person(connection, model, phone):
    rows = [{"record": "crm:1"} | LI, {"record": "contact:5", "name": "Li Xiaolei", "phone": phone}]
    assert together(resolved(connection, model, *rows))


def test_a_phone_one_digit_off_joins_nobody_of_another_name(connection, model):
    rows = [{"record": "crm:1"} | LI, {"record": "contact:5", "name": "王芳"}]
    rows[1]["phone"] = "13612349870"
    assert not together(resolved(connection, model, *rows))


def test_twins_stay_apart_by_their_identity_numbers(connection, model):
    born = date(1980, 1, 22)
    twins = [
        LI | {"id_number": number(born, 1)},
        LI | {"name": "李小雨", "id_number": number(born, 2)},
    ]
    rows = [{"record": f"crm:{i}"} | twin for i, twin in enumerate(twins)]
    assert not together(resolved(connection, model, *rows))


def test_a_third_record_does_not_join_two_identity_numbers(connection, model):
    born = date(1980, 1, 22)
    rows = [
        {"record": "crm:1"} | LI | {"id_number": number(born, 1)},
        {"record": "core:2"} | LI | {"id_number": number(born, 2)},
        {"record": "contact:3"} | LI,
    ]
    found = resolved(connection, model, *rows)
    assert found["crm:1"] != found["core:2"]
    assert found["contact:3"] == "crm:1"
    refused = connection.execute(
        "SELECT left_record, right_record, reason FROM identity_refusals"
    ).fetchall()
    assert set(refused) == {
        ("contact:3", "core:2", "two_valid_id_numbers"),
        ("core:2", "crm:1", "two_valid_id_numbers"),
    }


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ({"birth_date": "1980-01-22"}, {"birth_date": "1955-06-30"}, "two_births"),
        ({"kind": "person"}, {"kind": "company"}, "person_and_company"),
    ],
)
def test_what_contradicts_itself_is_refused_and_told_with_its_evidence(
    connection, model, one, other, reason
):
    told = {"name": LI["name"], "phone": LI["phone"]}
    between = told | {"record": "contact:3", "kind": None}
    rows = [{"record": "crm:1"} | told | one, {"record": "core:2"} | told | other, between]
    found = resolved(connection, model, *rows)
    assert found["crm:1"] != found["core:2"]
    refused = connection.execute("SELECT reason, evidence FROM identity_refusals").fetchall()
    assert {row[0] for row in refused} == {reason}
    assert all(json.loads(text)["phone"]["level"] == "same" for _, text in refused)


def test_a_mistyped_identity_number_does_not_part_a_person(connection, model):
    right = number(date(1980, 1, 22))
    wrong = right[:12] + str((int(right[12]) + 1) % 10) + right[13:]
    rows = [
        {"record": "crm:1", "id_number": right} | LI,
        {"record": "core:2", "id_number": wrong} | LI,
    ]
    assert together(resolved(connection, model, *rows))


def test_a_slip_in_a_name_does_not_part_a_person(connection, model):
    rows = [{"record": "crm:1"} | LI, {"record": "core:2"} | LI | {"name": "李小雪"}]
    assert together(resolved(connection, model, *rows))


def test_links_come_from_any_pair_of_versions(connection, model):
    moved = {"phone": "13987001122", "address": "上海市人民路1号2栋303室", "birth_date": None}
    known = {
        "record": "core:2",
        "name": "Li Xiaolei",
        "phone": LI["phone"],
        "known_at": "2024-03-01",
    }
    rows = [{"record": "crm:1"} | LI, {"record": "crm:1"} | LI | moved, known]
    assert together(resolved(connection, model, *rows))
    (at,) = connection.execute("SELECT known_at::VARCHAR FROM identity_links").fetchall()[0]
    assert at == "2024-03-01 00:00:00"
