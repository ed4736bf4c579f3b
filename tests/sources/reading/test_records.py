"""Lines that are no rows stand aside, and the fast reader finds the same as the slow one."""

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src.core.errors import SourceError
from src.sources.reading.records import read_records
from tests.support.sources.one_file import COLUMNS, HEADER, lines


def test_malformed_lines_stand_aside_with_their_true_lines(files):
    files.write("f.csv", HEADER + "A,,1\nB\nC,,3,4,5\nD,,4\nE,,5\nF,")
    (account,) = files.read({"f": {"path": "f.csv", "columns": COLUMNS}})
    assert (account.rows, account.malformed) == (6, 3)
    assert files.rows("SELECT _line, id FROM f ORDER BY _row") == [(2, "A"), (5, "D"), (6, "E")]
    assert files.rows("SELECT * FROM read_malformed") == [
        ("f", "f.csv", 3, "malformed_line", "B"),
        ("f", "f.csv", 4, "malformed_line", "C,,3,4,5"),
        ("f", "f.csv", 7, "truncated_line", "F,"),
    ]


def test_quoted_line_breaks_and_empty_lines_keep_lines_true(files):
    files.write("f.csv", HEADER + '"A\nB",,1\n\n"C, ""c""",,2\n"stray,,3\nD,,4\n\n')
    (account,) = files.read({"f": {"path": "f.csv", "columns": COLUMNS}})
    assert (account.rows, account.malformed) == (4, 1)
    assert files.rows("SELECT _line, id FROM f ORDER BY _row") == [
        (2, "A\nB"),
        (5, 'C, "c"'),
        (7, "D"),
    ]
    assert files.rows("SELECT _line, text FROM read_malformed") == [(6, '"stray,,3')]


FIELD = st.sampled_from(
    ["", "a", "b c", '"q"', '"x, y"', '"say ""hi"""', 'o"k', '"cut', '"a"b', "a\rb", '"a\rb"']
)
LINES = st.lists(st.lists(FIELD, min_size=2, max_size=4).map(",".join), max_size=30)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(LINES, st.booleans())
def test_the_fast_reader_agrees_with_the_slow_one(files, body, ended):
    text = "u,v,w\n" + "\n".join(body) + "\n" * ended
    files.write("f.csv", text)
    columns = {"u": "string", "v": "string", "w": "string"}
    files.params = files.params.model_copy(update={"max_unreadable_share": 1.0})
    declared = {"path": "f.csv", "columns": columns, "expected_rows": {"at_least": 0}}
    files.read({"f": declared})
    records = list(read_records(io.StringIO(text, newline="\n"), ",", '"', 3))[1:]
    good = [(r.line, *(v or None for v in r.fields)) for r in records if r.fields is not None]
    assert files.rows("SELECT _line, u, v, w FROM f ORDER BY _row") == good
    lost = [(r.line, r.text) for r in records if r.fields is None]
    assert files.rows("SELECT _line, text FROM read_malformed") == lost


def test_a_file_of_which_many_lines_are_no_rows_stops(files):
    files.write("f.csv", HEADER + lines(30) + "x\n" * 3)
    with pytest.raises(SourceError, match=r"f\.csv:32: 'x' is no row \(3 of 33 lines\)"):
        files.read({"f": {"path": "f.csv", "columns": COLUMNS}})
