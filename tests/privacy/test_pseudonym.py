"""Pseudonyms: stable under a key, unrelated across keys and namespaces, free of the value."""

import base64
import hmac
import re

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.privacy.pseudonym import (
    ACCOUNT,
    COUNTERPARTY,
    CUSTOMER,
    add_pseudonyms,
    pseudonym,
    pseudonyms,
)

KEY = b"0123456789abcdef0123456789abcdef"
OTHER = b"0123456789abcdef0123456789abcdeF"


def oracle(key, namespace, value):
    """RFC 2104 and RFC 4648 by the standard library, one value at a time."""
    hashed = hmac.digest(key, namespace.encode() + b"\0" + value.encode(), "sha256")
    letter = {CUSTOMER: "K", ACCOUNT: "A", COUNTERPARTY: "P"}[namespace]
    return letter + base64.b32encode(hashed).decode()[:20]


@settings(max_examples=50)
@given(st.lists(st.text(st.characters(codec="utf-8"))), st.sampled_from([CUSTOMER, ACCOUNT]))
def test_many_at_once_are_what_the_oracle_says_of_each(values, namespace):
    made = pseudonyms(KEY, namespace, pa.array(values, pa.string())).to_pylist()
    assert made == [oracle(KEY, namespace, value) for value in values]


def test_a_pseudonym_has_a_letter_and_twenty_characters_of_base32():
    assert re.fullmatch("K[A-Z2-7]{20}", pseudonym(KEY, CUSTOMER, "crm:C1"))
    assert re.fullmatch("A[A-Z2-7]{20}", pseudonym(KEY, ACCOUNT, "6217000012345678"))


def test_another_key_gives_unrelated_pseudonyms():
    values = pa.array([f"crm:C{i}" for i in range(2_000)])
    one, other = (pseudonyms(key, CUSTOMER, values).to_pylist() for key in (KEY, OTHER))
    assert not set(one) & set(other)
    # of 20 characters of 32 kinds, two unrelated ones agree in 20/32 of a character
    signs = zip("".join(one), "".join(other), strict=True)
    agreeing = sum(a == b for a, b in signs) - len(one)  # the first one, K, always agrees
    assert agreeing / len(one) == pytest.approx(20 / 32, abs=0.1)


def test_one_value_has_unrelated_pseudonyms_in_different_namespaces():
    assert len({pseudonym(KEY, n, "1")[1:] for n in (CUSTOMER, ACCOUNT, COUNTERPARTY)}) == 3


def test_nothing_stays_nothing_and_an_unknown_namespace_is_refused():
    assert pseudonyms(KEY, CUSTOMER, pa.array([None, "a"], pa.string())).null_count == 1
    assert len(pseudonyms(KEY, CUSTOMER, pa.array([], pa.string()))) == 0
    with pytest.raises(ValueError, match="found 'person'"):
        pseudonym(KEY, "person", "a")


def test_a_session_gets_one_row_for_each_distinct_value_in_order():
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TEMP TABLE t AS SELECT 'v' || (i % 150000) AS a FROM range(300000) r(i)"
        )
        add_pseudonyms(connection, KEY, ACCOUNT, "SELECT a FROM t UNION ALL SELECT NULL", "made")
        rows = connection.execute("SELECT value, pseudonym FROM made").fetchall()
    assert [value for value, _ in rows] == sorted({f"v{i}" for i in range(150_000)})
    for value, made in (rows[0], rows[99_999], rows[100_000], rows[-1]):
        assert made == pseudonym(KEY, ACCOUNT, value)
