"""The check reads the first rows and tells, field by field, what it understood and what not."""

import copy
import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from src.cli.base import FindingError
from src.core.errors import SourceError
from src.sources.mapping.mapping import load_mapping
from src.sources.onboarding.check import Terms, check_source
from src.sources.onboarding.findings import Finding, problems, render, warnings
from src.sources.staging.rules import load_rules
from tests.support.cli.command import asked
from tests.support.sources.integration import PARAMS
from tests.support.sources.tiny import MAPPING, MOVES, PEOPLE, RATES

GENERAL_RULES = load_rules(Path("configs/rules.yaml"))


class Source:
    """The tiny source on disk, to be changed and checked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.content = copy.deepcopy(MAPPING)
        self.write("people.csv", PEOPLE)
        self.write("moves.csv", MOVES)
        self.write("rates.csv", RATES)

    @property
    def files(self) -> dict:
        return self.content["files"]

    def write(self, name: str, text: str, encoding: str = "utf-8") -> None:
        (self.folder / name).write_bytes(text.encode(encoding))

    def save(self) -> Path:
        path = self.folder / "tiny.yaml"
        path.write_text(yaml.safe_dump(self.content, allow_unicode=True), encoding="utf-8")
        return path

    def check(self, rows: int = 1000) -> list:
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        terms = Terms(rows, PARAMS, GENERAL_RULES, {}, work)
        return check_source(load_mapping(self.save()), self.folder, terms)

    def problem(self, subject: str) -> Finding:
        return self.the(problems, subject)

    def warning(self, subject: str) -> Finding:
        return self.the(warnings, subject)

    def the(self, of_level: Callable[[list], list[Finding]], subject: str) -> Finding:
        found = of_level(self.check())
        assert [f.subject for f in found].count(subject) == 1, found
        return next(f for f in found if f.subject == subject)

    @property
    def moves(self) -> dict:
        """The entry of the movements."""
        return self.content["tables"]["transactions"][0]


@pytest.fixture
def source(tmp_path):
    return Source(tmp_path)


def line(sections, title, subject):
    section = next(section for section in sections if section.title.startswith(title))
    return next(found for found in section.findings if found.subject == subject)


def test_a_mapping_that_fits_is_understood_field_by_field(source):
    sections = source.check()
    assert problems(sections) == []
    assert line(sections, "people", "since").text == (
        "date %d.%m.%Y, 0% empty, 2020-02-01 to 2020-03-15"
    )
    assert line(sections, "moves", "amount").text == "decimal, 0% empty, -10.125 to 100.25"
    assert line(sections, "moves", "what").text == "string, 0% empty, 2 different, 'IN', 'OUT'"
    assert "7 of 13 mapped" in line(sections, "tables.transactions[0]", "columns").text
    assert "supported by transactions" in line(sections, "tasks", "churn").text
    unsupported = line(sections, "tasks", "risk_appetite")
    assert "no questionnaires" in unsupported.text
    assert render(sections).endswith("everything is understood")


def test_the_wrong_encoding_is_named_with_the_one_that_fits(source):
    source.files["people"]["columns"]["remark"] = "string"
    source.files["people"]["ignored"] = []
    source.write("people.csv", PEOPLE.replace("x", "北京市朝阳区建国路"), "gbk")
    found = source.problem("file")
    assert found.text == "line 3: byte 0xb1 is no utf-8; set encoding: gb18030"


def test_a_value_that_nothing_reads_is_a_warning_for_integration_goes_on(source):
    source.write("people.csv", PEOPLE + "C,soon,\n")
    sections = source.check()
    assert problems(sections) == []
    found = source.warning("since")
    assert "1 of 3 values can't be read, such as 'soon'" in found.text
    assert found.text.endswith("to quarantine as unreadable_since")
    assert render(sections).endswith("everything is understood; 1 warning (!)")


@pytest.mark.parametrize(("wrong", "level"), [(5, warnings), (6, problems)])
def test_so_many_values_that_integration_would_stop_are_a_problem(source, wrong, level):
    rows = "".join(f"{n},01.02.2020,\n" for n in range(25 - wrong))
    source.write("people.csv", "id,since,remark\n" + rows + "C,soon,\n" * wrong)
    found = source.the(level, "since")
    assert ("integration would stop" in found.text) == (level is problems)


def test_a_required_value_that_is_empty_is_told(source):
    source.files["people"]["columns"]["since"]["required"] = True
    source.write("people.csv", PEOPLE + "C,,\n")
    assert "required, but 1 of 3 are empty" in source.warning("since").text


def test_uses_of_alternative_formats_are_counted(source):
    since = source.files["people"]["columns"]["since"]
    since["formats"] = {"swapped_day_and_month": "%m.%d.%Y"}
    source.write("people.csv", PEOPLE + "C,12.31.2020,\n")
    text = line(source.check(), "people", "since").text
    assert "0% empty, 1 by swapped_day_and_month, 2020-02-01 to 2020-12-31" in text


def test_a_wide_encoding_is_sampled_too(source):
    source.files["people"]["encoding"] = "utf-16"
    source.write("people.csv", PEOPLE, "utf-16")
    assert problems(source.check(rows=1)) == []


def test_the_wrong_delimiter_is_named_with_the_one_that_fits(source):
    del source.files["moves"]["delimiter"]
    sections = source.check()
    (found,) = problems(sections)
    assert 'set delimiter: ";"' in found.text
    assert line(sections, "moves", "no").level == "ok"


BETTER = {
    "another date format": (
        {"since": {"type": "date", "format": "%Y-%m-%d"}},
        PEOPLE,
        "since",
        ["2 of 2 values can't be read, such as '01.02.2020'", "set format: '%d.%m.%Y'"],
    ),
    "a second date format": (
        {"since": {"type": "date", "format": "%d.%m.%Y"}},
        PEOPLE + "C,2020/12/31,\n",
        "since",
        ["1 of 3 values", "add formats: {other_format: '%Y/%m/%d'}"],
    ),
    "a mark for empty": (
        {"since": {"type": "date", "format": "%d.%m.%Y"}},
        PEOPLE + "C,N/A,\n",
        "since",
        ["1 of 3 values", "if 'N/A' means empty, set empty: 'N/A'"],
    ),
    "a decimal comma": (
        {"remark": "decimal"},
        'id,since,remark\nA,,"1,5"\nB,,"-7,25"\n',
        "remark",
        ["2 of 2 values", "set decimal: ','"],
    ),
    "points for thousands": (
        {"remark": "decimal"},
        'id,since,remark\nA,,"1.234,5"\nB,,7\n',
        "remark",
        ["1 of 2 values", "decimal: ',', thousands: '.'"],
    ),
    "a trailing minus": (
        {"remark": "decimal"},
        "id,since,remark\nA,,12.5-\nB,,7\n",
        "remark",
        ["set negative: 'trailing_minus'"],
    ),
    "decimals in a whole number": (
        {"remark": "integer"},
        "id,since,remark\nA,,12.5\nB,,7\n",
        "remark",
        ["set type: 'decimal'"],
    ),
    "words in a number": (
        {"remark": "integer"},
        "id,since,remark\nA,,many\nB,,7\n",
        "remark",
        ["'many'", "read the column as type string"],
    ),
}


@pytest.mark.parametrize("name", BETTER)
def test_a_column_that_reads_badly_is_told_what_fits_better(source, name):
    columns, text, subject, expected = BETTER[name]
    source.files["people"]["columns"].update(columns)
    source.files["people"]["ignored"] = [c for c in ("remark",) if c not in columns]
    source.write("people.csv", text)
    found = source.the(warnings if "1 of 3 values" in expected[0] else problems, subject)
    assert all(part in f"{found.text} -> {found.advice}" for part in expected), found


def test_a_column_not_mapped_is_guessed_and_a_missing_one_has_its_nearest(source):
    source.write("people.csv", "id,since_date,mobile\nA,01.02.2020,13800138000\n")
    found = {f.subject: f for f in problems(source.check())}
    assert "Did you mean 'since_date'?" in found["since"].advice
    assert "type: 'date', format: '%d.%m.%Y'" in found["since_date"].advice
    assert "perhaps customers.joined_on" in found["since_date"].advice
    assert "private: phone" in found["mobile"].advice


def test_a_missing_file_is_said_and_the_rest_still_checked(source):
    (source.folder / "moves.csv").unlink()
    sections = source.check()
    (found,) = problems(sections)
    assert "moves.csv: no such file" in found.text
    assert "Ask the bank." in found.advice
    assert line(sections, "people", "id").level == "ok"


def test_values_without_meaning_and_meanings_that_do_not_exist_are_told(source):
    source.write("moves.csv", MOVES.replace("OUT", "GONE"))
    kind = source.content["tables"]["transactions"][0]["columns"]["kind"]
    kind["values"]["IN"] = "depositt"
    found = [f for f in problems(source.check()) if f.subject == "columns.kind"]
    assert [f.text for f in found] == [
        "values without meaning: 'GONE' (1)",
        "'depositt' is no such value",
    ]
    assert "Did you mean 'deposit'?" in found[1].advice


def test_an_expression_that_can_not_be_computed_is_named(source):
    entry = source.content["tables"]["transactions"][0]
    entry["join"] = [{"file": "people", "by": {"id": "person"}}]
    entry["columns"]["channel"] = {"expression": "people.since || what"}
    entry["columns"]["category"] = {"expression": "lower(wat)"}
    entry["reject"] = {"odd": "strptime(what, '%Y') IS NULL"}
    found = problems(source.check())
    assert [f.subject for f in found] == ["columns.category", "reject.odd"]
    assert "wat" in found[0].advice


def test_an_amount_in_another_unit_is_pointed_at(source):
    source.write("moves.csv", MOVES.replace("amount", "amount_fen"))
    columns = source.files["moves"]["columns"]
    columns["amount_fen"] = columns.pop("amount")
    entry = source.content["tables"]["transactions"][0]
    entry["columns"]["amount_minor"]["money"]["amount"] = "amount_fen"
    entry["reject"] = {}
    sections = source.check()
    found = [
        f
        for section in sections
        for f in section.findings
        if f.subject == "columns.amount_minor" and f.level == "note"
    ]
    assert "sounds like units of 0.01" in found[0].text
    assert "set unit: '0.01'" in found[0].advice


def test_private_values_are_masked(source):
    source.files["people"]["columns"] |= {
        "id": {"type": "string", "private": "record"},
        "remark": {"type": "integer", "private": "phone"},
    }
    source.files["people"]["ignored"] = []
    source.write("people.csv", "id,since,remark\nKU1234,01.02.2020,13x8\n")
    text = render(source.check())
    assert "KU1234" not in text
    assert "13x8" not in text
    assert "[phone 99a9]" in text


def test_private_values_without_a_meaning_or_that_break_an_expression_are_masked(source):
    move = source.content["tables"]["transactions"][0]
    move["columns"]["account_id"] = {"from": "no", "values": {"9": "x"}}
    move["columns"]["transaction_id"] = {"expression": "'move-' || _line"}
    move["columns"]["quantity"] = {"expression": "CASE WHEN CAST(person AS INT) > 1 THEN 1 END"}
    found = source.problem("columns.quantity")
    assert found.advice == (
        "Conversion Error: Could not convert string [value A] to INT32 when casting from source "
        "column person"
    )
    del move["columns"]["quantity"]
    found = source.problem("columns.account_id")
    assert found.text == "values without meaning: [account 9] (1), [account 9] (1)"


def test_deliveries_json_lines_parquet_and_databases_are_checked_too(source):
    source.files["moves"].update(path="moves_*.csv", delivered="%Y%m")
    (source.folder / "moves.csv").rename(source.folder / "moves_202101.csv")
    source.write("moves_202102.csv", MOVES)
    source.files["people"].update(path="people.jsonl", format="jsonl")
    frame = pd.read_csv(source.folder / "people.csv", dtype=str)
    frame.to_json(source.folder / "people.jsonl", orient="records", lines=True)
    database = source.folder / "rates.db"
    with sqlite3.connect(database) as connection:
        pd.read_csv(source.folder / "rates.csv").to_sql("rates", connection)
    connection.close()
    source.files["rates"].update(
        path="rates.parquet", format="sql", url=f"sqlite:///{database}", table="rates"
    )
    source.files["rates"]["ignored"] = ["index"]
    sections = source.check(rows=1)
    assert problems(sections) == [], render(sections)
    assert line(sections, "moves", "delivered").text == "2 deliveries, 2021-01-01 to 2021-02-01"
    assert line(sections, "rates", "rate").text == "decimal, 0% empty, 0.8 to 0.8"


def test_the_command_prints_the_report_and_its_exit_status_tells(source):
    arguments = ["check", str(source.save()), "--folder", str(source.folder), "--rows", "10"]
    sound = asked("source", *arguments)
    assert sound.exception is None
    assert "everything is understood" in sound.stdout
    source.write("people.csv", PEOPLE.replace("since", "sinc"))
    faulty = asked("source", *arguments)
    assert isinstance(faulty.exception, FindingError)
    assert "!!  since" in faulty.stdout
    assert "2 not understood (!!)" in faulty.stdout
    told = json.loads(asked("source", *arguments, "--json").stdout)
    found = [f for section in told["sections"] for f in section["findings"]]
    levels = [f["level"] for f in found]
    assert (told["problems"], told["warnings"]) == (2, levels.count("warning"))
    assert "since" in [f["subject"] for f in found if f["level"] == "problem"]


def test_what_a_draft_left_to_do_is_a_warning(source):
    source.content["description"] = "TODO what the source is"
    source.content["unsupported"]["risk_appetite"] = "TODO support it, or say why not"
    found = warnings(source.check())
    assert [f.subject for f in found] == ["description", "unsupported.risk_appetite"]
    assert found[0].text == "says 'TODO what the source is'"


def test_a_single_bad_value_costs_the_command_no_success(source):
    source.write("people.csv", PEOPLE + "C,soon,\n")
    done = asked("source", "check", str(source.save()), "--folder", str(source.folder))
    assert done.exception is None
    assert "!   since  date %d.%m.%Y: 1 of 3 values can't be read" in done.stdout


def test_no_file_at_all_is_an_error_with_the_places(source, monkeypatch):
    monkeypatch.setenv("KEHU_SHARED_DATA", str(source.folder / "shared"))
    done = asked("source", "check", str(source.save()))
    assert isinstance(done.exception, SourceError)
    assert re.search(r"none of its files is in data/incoming/tiny or .*shared", str(done.exception))


def test_the_command_drafts(source):
    assert "delimiter: ;" in asked("source", "draft", str(source.folder), "new").stdout
