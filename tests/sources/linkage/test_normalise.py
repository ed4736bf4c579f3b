import random
from datetime import date, timedelta

import pytest

from src.sources.linkage.normalise import normalise
from tests.sources.linkage.conftest import tell
from tests.support.linkage.population import check_digit, resident_number


def normalised(connection, column, *rows):
    tell(
        connection,
        *(
            {"record": f"crm:{i}", "name": f"name {chr(97 + i)}"} | row
            for i, row in enumerate(rows)
        ),
    )
    normalise(connection)
    return [
        value
        for (value,) in connection.execute(
            f"SELECT {column} FROM linkage_versions ORDER BY record"
        ).fetchall()
    ]


def test_phones_lose_their_country_and_separators(connection):
    written = [
        "13812345678",
        "+86 138-1234-5678",
        "0086 13812345678",
        "８６１３８１２３４５６７８",
        "(010) 8765 4321",
    ]
    found = normalised(connection, "phone", *({"phone": text} for text in written))
    assert found[:4] == ["13812345678"] * 4
    assert found[4] == "01087654321"


@pytest.mark.parametrize(
    "text", ["13800138000", "00000000000", "12345678901", "138****5678", "N/A", "无", "110"]
)
def test_numbers_that_say_nothing_are_no_phones(connection, text):
    assert normalised(connection, "phone", {"phone": text}) == [None]


def test_addresses_of_one_home_share_their_numbers_and_most_characters(connection):
    written = [
        "浙江省杭州市滨江区红旗路51号玫瑰园5栋4单元2703室",
        "浙江 杭州市滨江区红旗路51号玫瑰园5-4-2703",
        "杭州市滨江区红旗路５１号5幢4单元2703",
    ]
    numbers = normalised(connection, "address_numbers", *({"address": text} for text in written))
    assert numbers == ["51-5-4-2703"] * 3
    addresses = [
        row[0] for row in connection.execute("SELECT address FROM linkage_versions").fetchall()
    ]
    assert addresses[0] == addresses[1] == "浙江杭州滨江区红旗路51-玫瑰园5-4-2703"


def test_the_check_digit_tells_valid_identity_numbers(connection):
    rng = random.Random(1)
    births = [date(1940, 1, 1) + timedelta(days=rng.randrange(25_000)) for _ in range(40)]
    valid = [resident_number(rng, birth) for birth in births]
    found = normalised(connection, "id_valid", *({"id_number": number.lower()} for number in valid))
    assert found == [True] * len(valid)
    broken = [number[:9] + str((int(number[9]) + 1) % 10) + number[10:] for number in valid]
    assert not any(
        normalised(connection, "id_valid", *({"id_number": number} for number in broken))
    )


def test_fifteen_digit_numbers_are_written_with_eighteen(connection):
    body = "110101" + "19550317" + "123"
    short = body[:6] + body[8:]
    assert normalised(connection, "id_number", {"id_number": short}) == [body + check_digit(body)]


def test_a_companys_credit_code_is_checked_by_its_own_rule(connection):
    rows = [
        {"kind": "company", "id_number": code}
        for code in ("91350100M000100Y43", "91350100M000100Y44")
    ]
    assert normalised(connection, "id_valid", *rows) == [True, False]


def test_a_valid_number_tells_the_birth_that_is_missing_or_wrong(connection):
    number = resident_number(random.Random(2), date(1970, 5, 4))
    rows = [
        {"id_number": number},
        {"id_number": number, "birth_date": "1970-04-05"},
        {"birth_date": "1970-04-05"},
    ]
    found = normalised(connection, "birth_date", *rows)
    assert found == [date(1970, 5, 4), date(1970, 5, 4), date(1970, 4, 5)]


@pytest.mark.parametrize("born", ["1900-01-01", "2024-02-01", "1850-03-04"])
def test_impossible_births_say_nothing(connection, born):
    assert normalised(connection, "birth_date", {"birth_date": born}) == [None]


def test_a_version_that_says_nothing_new_is_left_out(connection):
    tell(
        connection,
        {"record": "crm:1", "name": "李雷", "phone": "13812345678"},
        {"record": "crm:1", "name": "李 雷", "phone": "138 1234 5678"},
        {"record": "crm:1", "name": "李雷", "phone": "13987654320"},
    )
    normalise(connection)
    kept = connection.execute(
        "SELECT version, phone FROM linkage_versions ORDER BY version"
    ).fetchall()
    assert kept == [(1, "13812345678"), (2, "13987654320")]


@pytest.mark.parametrize(
    ("account", "tail"),
    [
        ("6217000012344821", "4821"),
        ("4821", "4821"),
        ("6217********4821", "4821"),
        ("尾号 ０４８２", "0482"),
        ("482", None),
        ("无", None),
        ("6217000012340000", None),
    ],
)
def test_accounts_are_compared_by_their_last_four_digits(connection, account, tail):
    assert normalised(connection, "account_tail", {"account": account}) == [tail]


def test_an_account_that_becomes_known_is_a_version_with_what_was_told_before(connection):
    tell(
        connection,
        {"record": "core:1", "account": "6217000000001111"},  # before anything else is known of it
        {"record": "core:1", "name": "李雷", "phone": "13812345678"},
        {"record": "core:1", "account": "6217000000002222"},
        {"record": "core:1", "account": "6217000000001111"},
        {"record": "core:1", "name": "李雷", "phone": "13987654320"},
        {"record": "core:9", "account": "6217000000003333"},
    )
    normalise(connection)
    found = connection.execute(
        "SELECT record, day(known_at), phone, account_tail FROM linkage_versions ORDER BY version"
    ).fetchall()
    assert found == [
        ("core:1", 2, "13812345678", "1111"),
        ("core:1", 3, "13812345678", "2222"),
        ("core:1", 5, "13987654320", "2222"),
    ]
