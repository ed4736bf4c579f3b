"""Values with carriage returns in them keep their rows together and all lines true."""

import pytest

COLUMNS = {"id": "string", "note": "string", "n": "integer"}
HEADER = "id,note,n\n"


STRAY = {
    "in a plain value": ("A,x\ry,1\n", [(2, "A", "x\ry", 1)]),
    "at the end of a value": ("A,x\r,1\n", [(2, "A", "x\r", 1)]),
    "beside quoted values": ('"A, a",x\ry,1\n', [(2, "A, a", "x\ry", 1)]),
    "in a quoted value": ('A,"x\ry",1\n', [(2, "A", "x\ry", 1)]),
    "in a quoted value of two lines": ('A,"x\ry\r\nz",1\n', [(2, "A", "x\ry\r\nz", 1)]),
    "before the line's end": ("A,x,1\r\r\n", [(2, "A", "x", 1)]),
}


@pytest.mark.parametrize("name", STRAY)
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_stray_carriage_return_shifts_no_line(files, name, encoding):
    text, rows = STRAY[name]
    files.write("f.csv", HEADER + text + "B,,2\nC\nD,,4\n", encoding)
    (account,) = files.read({"f": {"path": "f.csv", "encoding": encoding, "columns": COLUMNS}})
    after = 3 + text.count("\n", 0, -1)
    assert files.rows("SELECT _line, id, note, n FROM f ORDER BY _row") == [
        *rows,
        (after, "B", None, 2),
        (after + 2, "D", None, 4),
    ]
    assert files.rows("SELECT _line, text FROM read_malformed") == [(after + 1, "C")]
    assert (account.rows, account.malformed) == (4, 1)


def test_a_stray_carriage_return_in_the_header_is_left_out_of_the_name(files):
    files.write("f.csv", "Report\rof today\n" + HEADER.replace("note", "no\rte") + "A,,1\n")
    files.read({"f": {"path": "f.csv", "skip_rows": 1, "columns": COLUMNS}})
    assert files.rows("SELECT _line, id FROM f") == [(3, "A")]


def test_a_file_whose_lines_end_with_carriage_returns_alone_is_read_line_by_line(files):
    files.write("f.csv", (HEADER + 'A,,1\nB\n"C",,3\n').replace("\n", "\r"))
    (account,) = files.read({"f": {"path": "f.csv", "columns": COLUMNS}})
    assert files.rows("SELECT _line, id FROM f ORDER BY _row") == [(2, "A"), (4, "C")]
    assert files.rows("SELECT _line, text FROM read_malformed") == [(3, "B")]
    assert account.rows == 3
