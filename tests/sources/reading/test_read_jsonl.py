"""JSON Lines keep their lines true, and what is left of a cut row is never taken for one."""

import pytest

from tests.sources.readings import reading

DECLARED = {"path": "f.jsonl", "format": "jsonl", "columns": {"id": "string", "n": "integer"}}


@pytest.fixture
def files(tmp_path):
    with reading(tmp_path) as found:
        yield found


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
