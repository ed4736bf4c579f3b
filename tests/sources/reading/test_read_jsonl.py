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


@pytest.mark.parametrize("newline_expected", [True, None])
def test_wherever_a_row_is_cut_it_stands_aside_unless_it_is_whole(files, newline_expected):
    row = '{"id": "B", "n": 22, "more": {"x": [1]}}'
    declared = DECLARED | {"ignored": ["more"], "ends_with_newline": newline_expected}
    for cut in range(1, len(row) + 1):
        files.write("f.jsonl", '{"id": "A", "n": 1}\n' + row[:cut])
        (account,) = files.read({"f": declared})
        whole = cut == len(row)
        found = files.rows("SELECT id, n FROM f ORDER BY _row")
        assert found == [("A", 1), ("B", 22)][: 1 + whole]
        expected = [] if whole else [(2, "truncated_line", row[:cut])]
        assert files.rows("SELECT _line, rule, text FROM read_malformed") == expected
        assert (account.ending.newline, account.ending.cut) == (False, not whole)
