"""The check looks at every delivery's end, and at the first with rows."""

import pytest

from src.sources.onboarding.findings import problems, warnings
from tests.sources.onboarding.test_check import Source, line
from tests.support.sources.tiny import MOVES, PEOPLE

HEAD = MOVES.partition("\n")[0] + "\n"


@pytest.fixture
def source(tmp_path):
    source = Source(tmp_path)
    source.files["moves"] |= {"path": "moves_*.csv", "delivered": "%Y%m%d"}
    (source.folder / "moves.csv").rename(source.folder / "moves_20210201.csv")
    return source


def test_a_delivery_that_ends_unlike_those_before_it_is_said_to_be_cut(source):
    source.write("moves_20210301.csv", MOVES[:-2])
    found = source.warning("file")
    assert found.text == "moves_20210301.csv was cut: its last line to quarantine as truncated_line"
    assert "ends_with_newline: false if it is whole" in found.advice
    source.files["moves"]["ends_with_newline"] = False
    assert warnings(source.check()) == []


def test_an_end_of_which_nothing_tells_whether_it_is_cut_is_noted(source):
    source.write("people.csv", PEOPLE.rstrip("\n"))
    found = line(source.check(), "people", "file")
    assert found.level == "note"
    assert found.text == "people.csv ends without a newline; its last line counts"


@pytest.mark.parametrize(("text", "cut"), [('{"id": "A"}', False), ('{"id": "A"}\n{"id"', True)])
def test_json_lines_are_cut_only_within_a_row(source, text, cut):
    source.files["people"] |= {"format": "jsonl", "path": "people.jsonl"}
    source.write("people.jsonl", text)
    found = [f.text for f in warnings(source.check()) if f.subject == "file"]
    expected = "people.jsonl was cut: its last line to quarantine as truncated_line"
    assert found == [expected] * cut


def test_an_empty_delivery_that_integration_would_stop_at_is_a_problem(source):
    source.write("moves_20210101.csv", HEAD)
    found = source.problem("file")
    assert "moves_20210101.csv holds no rows, expected at least 1" in found.text
    source.files["moves"]["expected_rows"] = {"at_least": 0}
    sections = source.check()
    assert problems(sections) == []
    assert line(sections, "moves", "file").text == "moves_20210101.csv holds no rows"
    assert line(sections, "moves", "no").text.startswith("string, 0% empty, 2 different")


def test_a_delivery_that_is_a_copy_of_an_earlier_one_is_noted(source):
    source.files["moves"]["expected_rows"] = {"at_least": 0}
    for name, text in (("20210301", MOVES), ("20210401", HEAD), ("20210501", HEAD)):
        source.write(f"moves_{name}.csv", text)
    moves = next(section for section in source.check() if section.title.startswith("moves"))
    (found,) = [f for f in moves.findings if f.level == "note"]
    assert "1 hold the very bytes of an earlier one, such as moves_20210301.csv those" in found.text


def test_more_rows_than_expected_are_a_problem(source):
    source.files["moves"]["expected_rows"] = {"at_most": 1}
    assert "holds 2 rows, expected at most 1" in source.problem("file").text


def test_the_title_says_how_much_was_looked_at(source):
    titles = [section.title for section in source.check(rows=1)]
    assert "people (people.csv): csv utf-8, the first 1 row of people.csv" in titles
    titles = [section.title for section in source.check()]
    assert "people (people.csv): csv utf-8, all 2 rows of people.csv" in titles


def test_a_row_of_several_lines_at_the_end_of_what_is_looked_at_is_no_fault(source):
    source.files["people"]["columns"]["remark"] = "string"
    source.files["people"]["ignored"] = []
    source.write("people.csv", PEOPLE + 'C,01.02.2020,"one\ntwo\nthree"\nD,01.02.2020,\n')
    assert warnings(source.check(rows=4)) == []
    assert problems(source.check(rows=4)) == []


@pytest.mark.parametrize(("rows", "level"), [(1, warnings), (20, problems)])
def test_a_key_that_no_json_row_has_is_a_problem_only_where_integration_would_stop(
    source, rows, level
):
    source.files["people"] |= {"format": "jsonl", "path": "people.jsonl"}
    source.write("people.jsonl", '{"id": "A"}\n' * rows)
    assert [f.subject for f in level(source.check())].count("since") == 1


def test_lines_that_are_no_rows_are_a_problem_where_they_are_many(source):
    source.write("moves_20210201.csv", MOVES + "x\n")
    found = source.warning("lines")
    assert found.text.endswith("the first moves_20210201.csv:4: to quarantine as malformed_line")
    source.write("moves_20210201.csv", MOVES + "x\n" * 3)
    assert source.problem("lines")
