"""A draft of a mapping reads the files that it was made from, and guesses what columns mean."""

import sqlite3
from contextlib import closing

import pandas as pd
import pytest

from src.core.errors import SourceError
from src.sources.mapping.mapping import load_mapping
from src.sources.onboarding.check import Terms, check_source
from src.sources.onboarding.draft import draft_mapping
from src.sources.onboarding.findings import problems, render
from tests.support.sources.integration import PARAMS
from tests.support.sources.tiny import MOVES, PEOPLE


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "files").mkdir()
    return tmp_path / "files"


def drafted(folder):
    path = folder.parent / "new.yaml"
    path.write_text(draft_mapping(folder, "new"), encoding="utf-8")
    return load_mapping(path)


def test_a_draft_loads_and_understands_its_files(folder):
    clients = "客户号,姓名,手机,出生日期\n"
    for number in range(20):
        clients += f"00{number},王小明,1380013800{number % 10},19{50 + number}/12/31\n"
    (folder / "clients.csv").write_text(clients, encoding="gbk")
    for month in ("01", "02"):
        (folder / f"moves_2021{month}01.csv").write_text(MOVES, encoding="utf-8-sig")
    pd.read_csv(folder / "moves_20210101.csv", sep=";").to_parquet(folder / "p.parquet")
    (folder / "calls.jsonl").write_text('{"id": 1, "at": "2021-01-01T10:00:00Z"}\n', "utf-8")
    (folder / "readme.md").write_text("no data", encoding="utf-8")
    mapping = drafted(folder)
    files = mapping.files
    assert set(files) == {"clients", "moves", "p", "calls"}
    assert files["clients"].encoding == "gb18030"
    columns = files["clients"].columns
    assert [column.private for column in columns.values()] == ["record", "name", "phone", None]
    assert (columns["出生日期"].type, columns["出生日期"].format) == ("date", "%Y/%m/%d")
    moves = files["moves"]
    assert (moves.path, moves.delivered, moves.delimiter) == ("moves_*.csv", "%Y%m%d", ";")
    assert (moves.columns["amount"].type, moves.columns["amount"].decimal) == ("decimal", ",")
    assert moves.columns["moment"].type == "time"
    entry = mapping.tables["customers"][0]
    assert (entry.file, entry.columns["customer_id"].from_) == ("clients", "客户号")
    work = folder.parent / "work"
    work.mkdir()
    sections = check_source(mapping, folder, Terms(100, PARAMS, (), {}, work))
    assert problems(sections) == [], render(sections)
    left = [found.subject for found in sections[-1].findings]
    assert left == [
        "description",
        "base_currency",
        "origin",
        *(f"unsupported.{task}" for task in ("risk_appetite", "value_tier", "churn")),
    ]


def test_a_column_is_typed_by_what_most_of_it_is_and_its_slips_are_told(folder):
    rows = "".join(f"{n},{n}.5,2021-01-{n:02},1380013800{n % 10}\n" for n in range(1, 29))
    slips = "x7,12,2021-01-30,13800138000\n9,1O,soon,13x\n"
    (folder / "f.csv").write_text("n,amount,day,mobile\n" + rows + slips, encoding="utf-8")
    text = draft_mapping(folder, "new")
    columns = drafted(folder).files["f"].columns
    assert [c.type for c in columns.values()] == ["integer", "decimal", "date", "string"]
    for told in (
        "#   f.n: 1 of 30 values are no integer, such as 'x7'\n",
        "#   f.amount: 1 of 30 values are no decimal, such as '1O'\n",
        "#   f.day: 1 of 30 values are no date, such as 'soon'\n",
    ):
        assert told in text
    assert "13x" not in text
    (folder / "f.csv").write_text("n\n1\n2\n3\n4\n?\n", encoding="utf-8")
    assert "such as '?'; if that means empty, set empty: '?' of the file" in draft_mapping(
        folder, "n"
    )


def test_a_draft_says_how_its_files_end_and_names_one_that_ends_otherwise(folder):
    for month in ("01", "02"):
        (folder / f"moves_2021{month}01.csv").write_text(MOVES, encoding="utf-8")
    (folder / "people.csv").write_text(PEOPLE.rstrip("\n"), encoding="utf-8")
    mapping = drafted(folder)
    assert mapping.files["moves"].ends_with_newline is True
    assert mapping.files["people"].ends_with_newline is None
    assert "#   people: people.csv ends without a newline: was it cut?" in draft_mapping(
        folder, "n"
    )
    (folder / "moves_20210301.csv").write_text(MOVES.rstrip("\n"), encoding="utf-8")
    assert drafted(folder).files["moves"].ends_with_newline is None
    assert "#   moves: moves_20210301.csv ends without a newline" in draft_mapping(folder, "n")


def test_files_that_a_draft_does_not_describe_are_named_and_databases_recognised(folder):
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "letter.pdf").write_bytes(b"%PDF")
    with closing(sqlite3.connect(folder / "cards.db")) as database:
        database.execute("CREATE TABLE card (no TEXT)")
        database.commit()
    text = draft_mapping(folder, "new")
    assert "#   letter.pdf\n" in text
    assert f"#   cards.db: a database, format: sql, url: sqlite:///{folder}/cards.db\n" in text
    assert set(drafted(folder).files) == {"people"}


def test_what_other_tables_need_stands_in_a_comment(folder):
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "moves.csv").write_text(MOVES, encoding="utf-8")
    text = draft_mapping(folder, "new")
    assert "#   transactions.amount_minor: amount of moves" in text
    assert "kehu source check new" in text


def test_a_folder_without_data_is_an_error(folder):
    with pytest.raises(SourceError, match=r"no files of a known kind; expected some of .*\.csv"):
        draft_mapping(folder, "new")
    with pytest.raises(SourceError, match="no such folder"):
        draft_mapping(folder / "nowhere", "new")
