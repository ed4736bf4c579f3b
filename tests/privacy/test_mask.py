"""A masked value shows its shape, in Python and in SQL alike."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.privacy.mask import mask, masked


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        ("138-0013-8000", "phone", "[phone 999-9999-9999]"),
        ("11010119900307123X", "id_number", "[id_number 99999999999999999A]"),
        ("Wang Wei", "name", "[name Aaaa Aaa]"),
        ("王小明", "name", "[name 字字字]"),
        ("北京市朝阳区建国路88号", "address", "[address 字字字字字字字字字99字]"),
        ("wei@x.com", "email", "[email aaa@a.aaa]"),
        (6217000012345678, "account", "[account 9999999999999999]"),
        ("he called from 13800138000", "text", "[text of 26]"),
        ("", "name", ""),
        (None, "name", ""),
    ],
)
def test_the_shape_stays_and_the_content_goes(value, kind, shown):
    assert mask(value, kind) == shown


def test_long_values_are_cut():
    assert mask("a" * 33, "address") == f"[address {'a' * 32}…]"


@settings(max_examples=60)
@given(st.text(st.characters(max_codepoint=0x9FFF, exclude_categories=["Cs", "Cn", "Co"])))
def test_a_masked_value_holds_no_letter_or_digit_of_its_own(value):
    inner = mask(value, "name").removeprefix("[name ").removesuffix("]")
    assert all(not sign.isalnum() or sign in "9Aa字" for sign in inner)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(max_codepoint=0x9FFF, exclude_categories=["Cs", "Cn", "Co", "Cc"])))
def test_sql_masks_as_python_does(value):
    for kind in ("name", "text"):
        row = SESSION.execute(f"SELECT {masked('v', kind)} FROM (SELECT ? AS v)", [value])
        assert row.fetchall() == [(mask(value, kind),)]


SESSION = duckdb.connect()
