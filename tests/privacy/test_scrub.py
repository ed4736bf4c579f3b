"""Free text loses what tells a person and keeps everything else."""

import duckdb
import pytest

from src.privacy.scrub import scrub

DETAILS = """SELECT * FROM (VALUES
    ('a', 'C0000131', '王伟', '13800138000', '北京市朝阳区建国路88号', '11010119900307123X', NULL),
    ('a', 'T00000151', 'Wang Wei', NULL, NULL, NULL, 'wei.wang@x.com.cn'),
    ('b', '12345', 'O''Neil Ann', '020 7946 0958', '5 High St. (rear)', NULL, 'a+b@x.io'),
    ('c', NULL, 'Li Na', NULL, NULL, NULL, NULL),
    ('d', '', '', '', '', '', ''),
    ('e', NULL, 'A.*', NULL, NULL, NULL, NULL)
) AS known (customer, record, name, phone, address, id_number, email)"""


def scrubbed(text, customer="nobody", details=DETAILS):
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE calls (who VARCHAR, notes VARCHAR)")
        connection.execute("INSERT INTO calls VALUES (?, ?), ('x', NULL)", [customer, text])
        scrub(connection, "calls", "who", "notes", details)
        rows = connection.execute("SELECT notes FROM calls ORDER BY who = 'x'").fetchall()
    assert rows[1] == (None,)
    return rows[0][0]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("手机13800138000。", "手机[phone]。"),
        ("手机138-0013-8000，138 0013 8001", "手机[phone]，[phone]"),
        ("+86 13800138000/8613900139000", "[phone]/[phone]"),
        ("手机１３８００１３８０００!", "手机[phone]!"),
        ("tel13800138000,13900139000,13700137000", "tel[phone],[phone],[phone]"),
        ("010-65551234 or (010)65551234", "[phone] or (010)65551234"),
        ("call +44 20 7946 0958", "call [phone]"),
        ("身份证11010119900307123X", "身份证[id]"),
        ("ID 110101199003071234.", "ID [id]."),
        ("91350100M000100Y43 is a company", "[id] is a company"),
        ("卡6217 0012 3456 7890 123", "卡[card]"),
        ("card 6217001234567890", "card [card]"),
        ("write to Wei.Wang+1@mail.x.com.cn now", "write to [email] now"),
    ],
)
def test_what_looks_like_an_identifier_goes_whoever_it_is_of(text, left):
    assert scrubbed(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "was charged 1,234.50 yuan on 2024-01-05 at 13:45",
        "order 12345678, 20240105, rate 4.35%",
        "基金净值1.2345，赎回50000元",
        "",
        "13 900 yuan",
    ],
)
def test_amounts_dates_and_short_numbers_stay(text):
    assert scrubbed(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("客户王伟来电", "客户[name]来电"),
        ("王 伟 lives at 北京市朝阳区建国路88号", "[name] lives at [address]"),
        ("WEI, Wang and wangwei", "[name] and [name]"),
        ("WEI.WANG@X.COM.CN", "[email]"),
    ],
)
def test_the_customers_own_details_go_in_every_spelling(text, left):
    assert scrubbed(text, "a") == left


def test_the_customers_own_numbers_go_and_longer_ones_of_others_stay():
    assert scrubbed("C0000131, c0000131 (was T00000151)", "a") == (
        "[customer], [customer] (was [customer])"
    )
    assert scrubbed("C00001319, XC0000131 and T0000015", "a") == (
        "C00001319, XC0000131 and T0000015"
    )
    assert scrubbed("room 12345", "b") == "room 12345"


def test_punctuation_in_a_detail_is_only_punctuation():
    assert scrubbed("Ann O'Neil of 5 High St. (rear), 020-7946-0958", "b") == (
        "[name] of [address], [phone]"
    )
    assert scrubbed("5 High Sta (rear)", "b") == "5 High Sta (rear)"


def test_a_name_inside_another_word_stays():
    assert scrubbed("linalool for Lina", "c") == "linalool for [name]"


def test_empty_and_very_short_details_take_nothing_out():
    assert scrubbed("a plain note", "d") == "a plain note"
    assert scrubbed("a plain note", "e") == "a plain note"


def test_a_source_without_a_vault_is_scrubbed_by_form_alone():
    nobody = f"SELECT * FROM ({DETAILS}) WHERE false"
    assert scrubbed("王伟 13800138000", "a", nobody) == "王伟 [phone]"


def test_other_customers_names_do_not_go_by_this_customers_details():
    assert scrubbed("王伟来电", "c") == "王伟来电"
