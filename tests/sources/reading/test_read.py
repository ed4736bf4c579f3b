"""Raw files become typed relations: every line accounted for, every unreadable value named."""

import io
from datetime import datetime
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from src.core.errors import SourceError
from src.sources.reading.ending import Ending
from src.sources.reading.read import DeliveryAccount
from src.sources.reading.records import read_records
from tests.sources.readings import reading

COLUMNS = {"id": "string", "day": {"type": "date", "format": "%d.%m.%Y"}, "amount": "decimal"}
HEADER = "id,day,amount\n"


@pytest.fixture
def files(tmp_path):
    with reading(tmp_path) as found:
        yield found


def lines(count, row="{n},01.02.2020,{n}.5\n"):
    return "".join(row.format(n=n) for n in range(1, count + 1))


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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_any_encoding_gives_the_same_rows(files, encoding):
    files.write("f.csv", "id,day,amount\n张三,01.02.2020,1\r\n李四,,2", encoding)
    declared = "utf-8" if encoding.startswith("utf-8") else encoding
    files.read({"f": {"path": "f.csv", "encoding": declared, "columns": COLUMNS}})
    assert files.rows("SELECT id, amount FROM f") == [("张三", 1), ("李四", 2)]


def test_bytes_of_another_encoding_are_an_error_with_line_and_byte(files):
    text = (HEADER + "张三,,1\n" * 3).encode() + "王五,,2\n".encode("gbk")
    files.write("f.csv", text)
    with pytest.raises(SourceError) as caught:
        files.read({"f": {"path": "f.csv", "columns": COLUMNS}})
    byte = len(HEADER) + 3 * len("张三,,1\n".encode()) + 1
    assert f"f.csv:5: byte {byte} (0xcd) is no utf-8" in str(caught.value)
    assert "mixes encodings" in str(caught.value)


def test_a_file_of_one_other_encoding_is_told_which_fits(files):
    files.write("f.csv", HEADER + "张三,,1\n", "gbk")
    with pytest.raises(SourceError, match="Set 'encoding: gb18030' for this file"):
        files.read({"f": {"path": "f.csv", "columns": COLUMNS}})


def test_a_utf8_mark_on_a_file_declared_otherwise_is_named(files):
    files.write("f.csv", HEADER, "utf-8-sig")
    with pytest.raises(SourceError, match="byte-order mark of UTF-8; expected gbk"):
        files.read({"f": {"path": "f.csv", "encoding": "gbk", "columns": COLUMNS}})


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


def test_control_totals_stand_beside_the_rows_found(files):
    files.write("in/f_20210101.csv", HEADER + lines(2))
    files.write("in/f_20210201.csv", HEADER + lines(2))
    files.write("control.csv", "file,rows\nf_20210101.csv,2\nin/f_20210201.csv,9\n")
    declared = {
        "f": {"path": "in/f_*.csv", "delivered": "%Y%m%d", "columns": COLUMNS},
        "control": {"path": "control.csv", "columns": {"file": "string", "rows": "integer"}},
    }
    control = {"file": "control", "path": "file", "rows": "rows"}
    accounts = files.read(declared, control=control)
    assert [(a.rows, a.expected_rows) for a in accounts] == [(2, 2), (2, 9)]
    (own,) = files.read(declared, "control", control=control)
    assert (own.rows, own.expected_rows) == (2, None)


def test_control_totals_do_not_count_the_rows_of_erased_customers(files):
    files.write("f_20210101.csv", HEADER + lines(2))
    files.write("control.csv", "file,rows\nf_20210101.csv,3\n")
    files.write("manifest.json", '{"erased": {"f_20210101.csv": 1}}')
    declared = {
        "f": {"path": "f_*.csv", "delivered": "%Y%m%d", "columns": COLUMNS},
        "control": {"path": "control.csv", "columns": {"file": "string", "rows": "integer"}},
    }
    (account,) = files.read(declared, control={"file": "control", "path": "file", "rows": "rows"})
    assert (account.rows, account.expected_rows) == (2, 2)


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


def test_parquet_deliveries_stay_a_view_and_are_typed(files):
    for month, days in (("01", ["01.02.2020", "x"] + [None] * 3), ("02", ["02.02.2020"])):
        frame = pd.DataFrame({"id": range(len(days)), "day": days, "amount": 2})
        frame.to_parquet(files.folder / f"f_2021{month}01.parquet")
    declared = {
        "path": "f_*.parquet",
        "delivered": "%Y%m%d",
        "format": "parquet",
        "columns": COLUMNS,
    }
    accounts = files.read({"f": declared})
    assert [account.rows for account in accounts] == [5, 1]
    assert files.rows("SELECT view_name FROM duckdb_views() WHERE view_name = 'f'")
    found = files.rows("SELECT _row, _line, _unreadable, id, day FROM f ORDER BY _row")
    assert found[:2] == [(1, 1, None, "0", datetime(2020, 2, 1)), (2, 2, ["day"], "1", None)]
    assert found[5] == (6, 1, None, "0", datetime(2020, 2, 2))


def test_a_parquet_column_of_another_type_is_an_error(files):
    pd.DataFrame({"id": ["A"], "day": [1.5], "amount": [1]}).to_parquet(files.folder / "f.parquet")
    with pytest.raises(SourceError, match="column 'day' has type DOUBLE; expected a date"):
        files.read({"f": {"path": "f.parquet", "format": "parquet", "columns": COLUMNS}})


def test_a_cut_parquet_file_is_an_error_with_the_remedy(files):
    frame = pd.DataFrame({"id": ["A"], "day": [None], "amount": [1]})
    path = files.folder / "f.parquet"
    frame.to_parquet(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(SourceError, match=r"f\.parquet: not readable as parquet.*it may be cut"):
        files.read({"f": {"path": "f.parquet", "format": "parquet", "columns": COLUMNS}})


def test_reading_a_file_again_replaces_what_was_read(files):
    declared = {"f": {"path": "f.csv", "columns": COLUMNS}}
    for count in (1, 2):
        files.write("f.csv", HEADER + lines(count) + "x\n")
        files.read(declared)
        assert len(files.rows()) == count
        assert len(files.rows("SELECT * FROM read_malformed")) == 1
