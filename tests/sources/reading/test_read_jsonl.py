"""JSON Lines keep their lines true, and what is left of a cut row is never taken for one."""

from datetime import datetime
from decimal import Decimal

import pytest

from src.core.errors import SourceError
from tests.support.sources.one_file import COLUMNS

DECLARED = {"path": "f.jsonl", "format": "jsonl", "columns": {"id": "string", "n": "integer"}}


def test_a_stray_carriage_return_shifts_no_line(files):
    files.write("f.jsonl", '{"id": "A",\r"n": 1}\r\r\n{"id": "a\rb"}\n\n{"id": "B", "n": 2}\n')
    files.read({"f": DECLARED})
    assert files.rows("SELECT _line, id, n FROM f ORDER BY _row") == [(1, "A", 1), (4, "B", 2)]
    assert files.rows("SELECT _line, text FROM read_malformed") == [(2, '{"id": "a\rb"}')]


def test_wherever_a_row_is_cut_it_stands_aside_unless_it_is_whole(files):
    """Though the delivery before it ended with a newline, and a control file states more rows."""
    row = '{"id": "B", "n": 22, "more": {"x": [1]}}'
    declared = {"f": DECLARED | {"path": "f_*.jsonl", "delivered": "%Y%m", "ignored": ["more"]}}
    declared["control"] = {"path": "c.csv", "columns": {"file": "string", "rows": "integer"}}
    control = {"file": "control", "path": "file", "rows": "rows"}
    files.write("c.csv", "file,rows\nf_202102.jsonl,9\n")
    files.write("f_202101.jsonl", '{"id": "A", "n": 1}\n')
    for cut in range(1, len(row) + 1):
        files.write("f_202102.jsonl", row[:cut])
        _, account = files.read(declared, control=control)
        whole = cut == len(row)
        found = files.rows("SELECT id, n FROM f ORDER BY _row")
        assert found == [("A", 1), ("B", 22)][: 1 + whole]
        expected = [] if whole else [(1, "truncated_line", row[:cut])]
        assert files.rows("SELECT _line, rule, text FROM read_malformed") == expected
        assert (account.ending.newline, account.ending.cut) == (False, not whole)


def test_json_lines_are_read_like_csv_and_broken_ones_stand_aside(files):
    text = (
        '{"id": "A", "day": "01.02.2020", "amount": 1.50}\n'
        '{"id": "B"}\n[1]\n\n{"id": "C", "amount": "2", "day": null}\n{"id": "D", "am'
    )
    files.write("f.jsonl", text)
    declared = {"path": "f.jsonl", "format": "jsonl", "columns": COLUMNS}
    (account,) = files.read({"f": declared})
    assert (account.rows, account.malformed) == (5, 2)
    assert files.rows("SELECT _line, id, day, amount FROM f ORDER BY _row") == [
        (1, "A", datetime(2020, 2, 1), Decimal("1.5")),
        (2, "B", None, None),
        (5, "C", None, Decimal(2)),
    ]
    assert files.rows("SELECT _line, rule FROM read_malformed") == [
        (3, "malformed_line"),
        (6, "truncated_line"),
    ]


def test_a_key_that_no_json_row_has_is_a_changed_header(files):
    declared = {"path": "f.jsonl", "format": "jsonl", "columns": {"id": "string", "n": "integer"}}
    files.write("f.jsonl", '{"id": "A", "m": 1}\n')
    with pytest.raises(SourceError, match=r"column 'n' is missing. .*'?m'?"):
        files.read({"f": declared})
    files.write("f.jsonl", '{"id": "A"}\n' * 20)
    with pytest.raises(SourceError, match="column 'n' is missing"):
        files.read({"f": declared})
    files.write("f.jsonl", '{"id": "A"}\n')
    files.read({"f": declared})
    assert files.rows("SELECT id, n FROM f") == [("A", None)]
