"""Errors of the engine say what is wrong with an expression and name nobody."""

import duckdb
import pytest

from src.privacy.mask import masked_error

SAID = {
    "SELECT CAST('6222021234' AS INTEGER)": "Could not convert string [value 9999999999] to INT32",
    "SELECT strptime('王伟', '%Y')": "string [value 字字] according to format specifier",
    "SELECT CAST(13800138000 AS INTEGER)": "with value 99999999999 can't be cast",
    "SELECT CAST('1980-13-01' AS DATE)": "out of range: [value 9999-99-99]",
    "SELECT 9223372036854775807 + 1": "(9999999999999999999 + 1)",
    "SELECT acount FROM (SELECT 1 AS account)": 'Referenced column "acount" not found',
}


@pytest.mark.parametrize("query", SAID)
def test_values_show_their_shape_and_names_of_columns_stay(query):
    with duckdb.connect() as connection, pytest.raises(duckdb.Error) as caught:
        connection.execute(query).fetchall()
    assert SAID[query] in masked_error(caught.value)
