"""Every value that can't be read is named by its line and column, private ones by their shape."""

import pytest

from src.core.errors import SourceError
from tests.support.sources.one_file import COLUMNS, HEADER, lines


def test_unreadable_values_are_named_row_by_row(files):
    files.write("f.csv", HEADER + lines(60) + "A,2020-01-01,many\nB,01.02.2020,7\n")
    files.read({"f": {"path": "f.csv", "columns": COLUMNS}})
    odd = files.rows("SELECT id, day, amount, _unreadable FROM f WHERE _unreadable IS NOT NULL")
    assert odd == [("A", None, None, ["day", "amount"])]
    assert files.rows("SELECT _line, column_name, text FROM read_unreadable") == [
        (62, "day", "2020-01-01"),
        (62, "amount", "many"),
    ]


def test_a_column_of_another_type_stops_with_the_first_value(files):
    files.write("f.csv", HEADER + lines(30) + "A,,many\n" * 2)
    with pytest.raises(SourceError) as caught:
        files.read({"f": {"path": "f.csv", "columns": COLUMNS}})
    message = str(caught.value)
    for part in ("f.csv:32", "'amount' has 'many'", "2 of 32 values", "files.f.columns.amount"):
        assert part in message


def test_a_required_value_that_is_empty_is_unreadable(files):
    files.write("f.csv", HEADER + lines(40) + ",,1\n")
    columns = COLUMNS | {"id": {"type": "string", "required": True}}
    files.read({"f": {"path": "f.csv", "columns": columns}})
    assert files.rows("SELECT _line, _unreadable FROM f WHERE _unreadable IS NOT NULL") == [
        (42, ["id"])
    ]


def test_private_values_are_shown_as_shapes_alone(files):
    files.write("f.csv", "id,phone,n\n王小明,138-0013,1\nB,1,x\nC\n")
    columns = {
        "id": {"type": "string", "private": "name"},
        "phone": {"type": "date", "private": "phone"},
        "n": "integer",
    }
    files.read({"f": {"path": "f.csv", "columns": columns}})
    assert files.rows("SELECT column_name, text FROM read_unreadable ORDER BY ALL") == [
        ("n", "x"),
        ("phone", "[phone 999-9999]"),
        ("phone", "[phone 9]"),
    ]
    assert files.rows("SELECT text FROM read_malformed") == [("[line A]",)]
