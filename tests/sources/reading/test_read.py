"""Raw files become typed relations: every line accounted for, every unreadable value named."""

from datetime import datetime
from decimal import Decimal

import pytest

from src.core.errors import SourceError
from src.sources.reading.ending import Ending
from src.sources.reading.read import DeliveryAccount
from tests.support.sources.one_file import COLUMNS, HEADER, lines


def test_a_file_becomes_typed_rows_with_their_lines(files):
    files.write("f.csv", HEADER + "A,01.02.2020,1.5\nB,,\n")
    assert files.read({"f": {"path": "f.csv", "columns": COLUMNS}}) == [
        DeliveryAccount("f.csv", None, 2, None, 0, Ending(newline=True, cut=False))
    ]
    assert files.rows() == [
        (2, "f.csv", 2, None, None, "A", datetime(2020, 2, 1), Decimal("1.5")),
        (3, "f.csv", 3, None, None, "B", None, None),
    ]


def test_deliveries_are_read_in_order_of_arrival_with_rows_that_count_on(files):
    files.write("in/f_20210201.csv", HEADER + "C,01.02.2020,3\n")
    files.write("in/f_20210101.csv", HEADER + lines(2))
    declared = {"path": "in/f_*.csv", "delivered": "%Y%m%d", "columns": COLUMNS}
    accounts = files.read({"f": declared})
    assert [(a.file, a.delivered, a.rows) for a in accounts] == [
        ("in/f_20210101.csv", datetime(2021, 1, 1), 2),
        ("in/f_20210201.csv", datetime(2021, 2, 1), 1),
    ]
    found = files.rows("SELECT _row, _file, _line, _delivered, id FROM f ORDER BY _row")
    assert [row[2:] for row in found] == [
        (2, datetime(2021, 1, 1), "1"),
        (3, datetime(2021, 1, 1), "2"),
        (2, datetime(2021, 2, 1), "C"),
    ]
    assert len({row[0] for row in found}) == 3


def test_a_delivery_whose_name_tells_no_date_is_refused(files):
    files.write("f_2021_01.csv", HEADER)
    declared = {"path": "f_*.csv", "delivered": "%Y%m%d", "columns": COLUMNS}
    with pytest.raises(SourceError, match=r"'2021_01' stands where the star.*as %Y%m%d"):
        files.read({"f": declared})


def test_lines_before_the_header_are_skipped(files):
    files.write("f.csv", "Report of today\n\n" + HEADER + "A,,1\nB\n")
    files.read({"f": {"path": "f.csv", "skip_rows": 2, "columns": COLUMNS}})
    assert files.rows("SELECT _line, id FROM f") == [(4, "A")]
    assert files.rows("SELECT _line, text FROM read_malformed") == [(5, "B")]


def test_a_changed_header_is_an_error_with_the_nearest_name(files):
    files.write("f.csv", "id,date,amuont\nA,,1\n")
    with pytest.raises(SourceError, match=r"column 'day' is missing.*files\.f"):
        files.read({"f": {"path": "f.csv", "columns": COLUMNS}})
    files.write("f.csv", "id,day,amuont\nA,,1\n")
    with pytest.raises(SourceError, match=r"'amount' is missing. Did you mean 'amuont'\?"):
        files.read({"f": {"path": "f.csv", "columns": COLUMNS}})
    files.write("f.csv", "id,day,amount,amount\n")
    with pytest.raises(SourceError, match="'amount' stands there twice"):
        files.read({"f": {"path": "f.csv", "columns": COLUMNS}})


@pytest.mark.parametrize("content", ["", HEADER])
def test_an_empty_delivery_is_an_error_unless_it_is_expected(files, content):
    files.write("f.csv", content)
    declared = {"path": "f.csv", "columns": COLUMNS}
    with pytest.raises(SourceError, match=r"f\.csv: is empty; expected at least 1.*expected_rows"):
        files.read({"f": declared})
    (account,) = files.read({"f": declared | {"expected_rows": {"at_least": 0}}})
    assert (account.rows, files.rows()) == (0, [])


def test_more_rows_than_expected_are_an_error(files):
    files.write("f.csv", HEADER + lines(3))
    with pytest.raises(SourceError, match="has 3 rows; expected at most 2"):
        files.read({"f": {"path": "f.csv", "columns": COLUMNS, "expected_rows": {"at_most": 2}}})


def test_reading_a_file_again_replaces_what_was_read(files):
    declared = {"f": {"path": "f.csv", "columns": COLUMNS}}
    for count in (1, 2):
        files.write("f.csv", HEADER + lines(count) + "x\n")
        files.read(declared)
        assert len(files.rows()) == count
        assert len(files.rows("SELECT * FROM read_malformed")) == 1
