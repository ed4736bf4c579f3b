"""Dates and numbers are read exactly as declared, and in no other way."""

from datetime import datetime
from decimal import Decimal

import pytest


def test_alternative_formats_are_tried_in_order_and_each_use_is_noted(files):
    files.write("f.csv", "id,day\nA,31.12.2020\nB,12/31/2020\nC,2020-31-12\nD,?\n")
    day = {
        "type": "date",
        "format": "%d.%m.%Y",
        "formats": {"american_date": "%m/%d/%Y", "swapped_day_and_month": "%Y-%d-%m"},
    }
    files.read({"f": {"path": "f.csv", "columns": {"id": "string", "day": day}}})
    assert files.rows("SELECT day, _unreadable FROM f ORDER BY _row") == [
        *[(datetime(2020, 12, 31), None)] * 3,
        (None, ["day"]),
    ]
    assert files.rows("SELECT _line, column_name, rule, before, after FROM read_repairs") == [
        (3, "day", "american_date", "12/31/2020", "2020-12-31 00:00:00"),
        (4, "day", "swapped_day_and_month", "2020-31-12", "2020-12-31 00:00:00"),
    ]


NUMBERS = {
    "a decimal comma": ({"decimal": ","}, {"1,5": "1.5", "-7": "-7", "1.5": None}),
    "thousands": (
        {"thousands": ","},
        {"1,234,567.25": "1234567.25", "12,34,567": "1234567", "1,5": None, "5": "5"},
    ),
    "points for thousands": (
        {"thousands": ".", "decimal": ","},
        {"1.234,5": "1234.5", "1.5": None, "-1.234.567": "-1234567"},
    ),
    "a trailing minus": ({"negative": "trailing_minus"}, {"12.5-": "-12.5", "3 -": "-3", "4": "4"}),
    "parentheses": (
        {"negative": "parentheses", "thousands": ","},
        {"(1,200.50)": "-1200.50", "7": "7"},
    ),
    "plain": ({}, {"1e5": None, " 1.5 ": "1.5", "1.1234567": None, "+3": "3"}),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_read_exactly_as_declared(files, name):
    spec, cases = NUMBERS[name]
    files.write("f.csv", "x;y\n" + "".join(f"{text};\n" for text in cases))
    columns = {"x": {"type": "decimal", **spec}, "y": "string"}
    files.read({"f": {"path": "f.csv", "delimiter": ";", "columns": columns}})
    expected = [(None if value is None else Decimal(value),) for value in cases.values()]
    assert files.rows("SELECT x FROM f ORDER BY _row") == expected


def test_whole_numbers_may_have_points_for_thousands(files):
    files.write("f.csv", "x;y\n1.234;\n31.01.2020;\n1.2;\n")
    columns = {"x": {"type": "integer", "thousands": "."}, "y": "string"}
    files.read({"f": {"path": "f.csv", "delimiter": ";", "columns": columns}})
    assert files.rows("SELECT x FROM f ORDER BY _row") == [(1234,), (None,), (None,)]
