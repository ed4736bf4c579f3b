"""A line cut inside its last field has all its fields: other evidence tells it from a whole one."""

import pytest
from pydantic import ValidationError

from src.sources.mapping.raw_files import RawFile
from src.sources.reading.ending import Ending, ends_with_newline

COLUMNS = {"id": "string", "n": "integer"}
WHOLE = "id,n\nA,100\nB,200\n"
CUT = WHOLE[:-2]
MONTHLY = {"path": "f_*.csv", "delivered": "%Y%m", "columns": COLUMNS}
CONTROL = {"path": "control.csv", "columns": {"file": "string", "rows": "integer"}}


def taken(files, declared, **more):
    """Of each delivery the numbers taken as whole, and its account."""
    accounts = files.read({"f": declared, **({"control": CONTROL} if more else {})}, **more)
    rows = files.rows("SELECT _file, n FROM f ORDER BY _row")
    return [([n for file, n in rows if file == a.file], a) for a in accounts]


def aside(files):
    return files.rows("SELECT _file, _line, rule, text FROM read_malformed ORDER BY ALL")


def test_without_other_evidence_a_last_line_without_a_newline_counts(files):
    files.write("f.csv", CUT)
    ((numbers, account),) = taken(files, {"path": "f.csv", "columns": COLUMNS})
    assert (numbers, aside(files)) == ([100, 20], [])
    assert account.ending == Ending(newline=False, cut=False)


def test_a_file_that_is_said_to_end_with_a_newline_and_does_not_was_cut(files):
    files.write("f.csv", CUT)
    declared = {"path": "f.csv", "columns": COLUMNS, "ends_with_newline": True}
    ((numbers, account),) = taken(files, declared)
    assert numbers == [100]
    assert aside(files) == [("f.csv", 3, "truncated_line", "B,20")]
    assert (account.rows, account.malformed) == (2, 1)
    assert account.ending == Ending(newline=False, cut=True)


def test_a_delivery_that_ends_unlike_all_before_it_was_cut(files):
    for month, text in (("01", WHOLE), ("02", WHOLE), ("03", CUT), ("04", CUT), ("05", WHOLE)):
        files.write(f"f_2021{month}.csv", text)
    assert [numbers for numbers, _ in taken(files, MONTHLY)] == [
        *[[100, 200]] * 2,
        *[[100]] * 2,
        [100, 200],
    ]
    assert [file for file, *_ in aside(files)] == ["f_202103.csv", "f_202104.csv"]


def test_what_comes_later_does_not_judge_what_came_before(files):
    for month, text in (("01", CUT), ("02", WHOLE), ("03", CUT)):
        files.write(f"f_2021{month}.csv", text)
    assert [numbers for numbers, _ in taken(files, MONTHLY)] == [[100, 20], [100, 200], [100, 20]]


@pytest.mark.parametrize("empty", ["", "id,n", "id,n\n"])
def test_a_delivery_without_rows_tells_nothing_of_how_others_end(files, empty):
    for month, text in (("01", empty), ("02", WHOLE), ("03", empty), ("04", CUT)):
        files.write(f"f_2021{month}.csv", text)
    found = taken(files, MONTHLY | {"expected_rows": {"at_least": 0}})
    assert [numbers for numbers, _ in found] == [[], [100, 200], [], [100]]


def test_a_file_that_may_end_without_a_newline_is_whole_however_others_end(files):
    files.write("f_202101.csv", WHOLE)
    files.write("f_202102.csv", CUT)
    found = taken(files, MONTHLY | {"ends_with_newline": False})
    assert [numbers for numbers, _ in found] == [[100, 200], [100, 20]]


@pytest.mark.parametrize("expected", [None, False])
@pytest.mark.parametrize(("stated", "numbers"), [(3, [100]), (2, [100, 20]), (1, [100, 20])])
def test_a_control_file_that_states_more_rows_proves_the_cut(files, expected, stated, numbers):
    files.write("f.csv", CUT)
    files.write("control.csv", f"file,rows\nf.csv,{stated}\n")
    declared = {"path": "f.csv", "columns": COLUMNS, "ends_with_newline": expected}
    control = {"file": "control", "path": "file", "rows": "rows"}
    ((found, account),) = taken(files, declared, control=control)
    assert (found, account.rows) == (numbers, 2)


def test_a_cut_row_stands_aside_by_its_first_line_and_masked(files):
    files.write("f.csv", 'id,n\n"A, a",1\n"B\nb",2')
    columns = {"id": {"type": "string", "private": "name"}, "n": "integer"}
    declared = {"path": "f.csv", "columns": columns, "ends_with_newline": True}
    ((numbers, account),) = taken(files, declared)
    assert (numbers, account.rows, account.malformed) == ([1], 2, 1)
    assert aside(files) == [("f.csv", 3, "truncated_line", '[line "A?a",9]')]


def test_a_last_line_that_is_no_row_takes_no_other_with_it(files):
    files.write("f.csv", WHOLE + "C")
    declared = {"path": "f.csv", "columns": COLUMNS, "ends_with_newline": True}
    ((numbers, account),) = taken(files, declared)
    assert (numbers, account.malformed) == ([100, 200], 1)


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16", "utf-16-be"])
@pytest.mark.parametrize(
    ("text", "ended"), [("张\n", True), ("张\r\n", True), ("\n张", False), ("", None)]
)
def test_a_look_at_the_last_bytes_tells_the_end(tmp_path, encoding, text, ended):
    path = tmp_path / "f.csv"
    path.write_bytes(text.encode(encoding) if text else b"")
    assert ends_with_newline(path, encoding) is ended


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_only_csv_needs_to_be_told_how_it_ends(form):
    with pytest.raises(ValidationError, match=f"is for CSV; found format '{form}'"):
        RawFile(path="f", format=form, columns={}, ends_with_newline=True)
