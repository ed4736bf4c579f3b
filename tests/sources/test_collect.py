"""Collection brings complete folders or none, and says what is missing and where to get it."""

import contextlib
import copy
import json
import shutil
import sqlite3
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from src.core.errors import SourceError
from src.core.files import digest
from src.core.params import load_params
from src.pipeline.deliveries import collect
from src.pipeline.paths import SourcePaths
from src.pipeline.run import Run
from src.privacy.erased import ANY_SYSTEM, Erased, save_erased
from src.privacy.key import load_key
from tests.support.bank.small_banks import CONFIGS, SMALL
from tests.support.sources.tiny import MAPPING, MOVES, PEOPLE, RATES

PROJECT = Path(__file__).resolve().parents[2]
TINY = SourcePaths("tiny")
PARAMS = load_params()


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A project folder with the source `tiny`: its incoming folder, and its shared folder."""
    incoming, shared = tmp_path / TINY.incoming, tmp_path / "shared/tiny"
    incoming.mkdir(parents=True)
    shared.mkdir(parents=True)
    (tmp_path / CONFIGS).mkdir(parents=True)
    monkeypatch.setenv("KEHU_SHARED_DATA", "shared")
    monkeypatch.chdir(tmp_path)
    _declare(lambda files, content: None)
    return incoming.relative_to(tmp_path), shared.relative_to(tmp_path)


def _collect():
    """Run stage collect of `tiny`; the manifest of what it collected."""
    collect.main(Run("tiny", PARAMS))
    return json.loads((TINY.raw / "manifest.json").read_text(encoding="utf-8"))


def _declare(change):
    content = copy.deepcopy(MAPPING)
    change(content["files"], content)
    TINY.mapping.write_text(yaml.safe_dump(content), encoding="utf-8")


def _fill(folder):
    for name, text in (("people.csv", PEOPLE), ("moves.csv", MOVES), ("rates.csv", RATES)):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "unrelated.csv").write_text("x\n", encoding="utf-8")


@pytest.mark.parametrize("place", [0, 1], ids=["incoming", "shared"])
def test_only_the_files_named_by_the_mapping_are_copied_and_listed(places, place):
    _fill(places[place])
    manifest = _collect()
    assert manifest["source"] == "tiny"
    assert [file["name"] for file in manifest["files"]] == ["moves.csv", "people.csv", "rates.csv"]
    for file in manifest["files"]:
        path = TINY.raw / file["name"]
        assert (file["bytes"], file["md5"]) == (path.stat().st_size, digest(path, "md5"))
    assert list(TINY.truth.iterdir()) == []


def test_nobody_but_the_owner_can_enter_what_names_people(places):
    _fill(places[0])
    _collect()
    for folder in (TINY.raw, TINY.truth):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_missing_file_is_named_with_the_places_and_the_origin(places):
    with pytest.raises(SourceError) as caught:
        _collect()
    message = str(caught.value)
    for part in ("moves.csv", str(places[0]), str(places[1]), "Ask the bank."):
        assert part in message
    assert not TINY.raw.exists()


def test_a_file_missing_later_leaves_what_was_collected_before(places):
    _fill(places[0])
    _collect()
    (places[0] / "rates.csv").unlink()
    with pytest.raises(SourceError, match=rf"rates\.csv not found.*missing files into {places[0]}"):
        _collect()
    assert (TINY.raw / "rates.csv").is_file()


def test_all_deliveries_of_a_starred_path_are_copied_and_a_repeated_one_is_noted(places):
    _fill(places[0])
    _declare(lambda files, _: files["moves"].update(path="moves_*.csv", delivered="%Y%m"))
    for month, text in (
        ("202101", MOVES),
        ("202102", MOVES),
        ("202103", MOVES + "3;A;;IN;1;EUR\n"),
    ):
        (places[0] / f"moves_{month}.csv").write_text(text, encoding="utf-8")
    repeats = {file["name"]: file.get("repeats") for file in _collect()["files"]}
    assert repeats == {
        "moves_202101.csv": None,
        "moves_202102.csv": "moves_202101.csv",
        "moves_202103.csv": None,
        "people.csv": None,
        "rates.csv": None,
    }


def test_a_starred_path_without_any_delivery_is_missing(places):
    _fill(places[0])
    _declare(lambda files, _: files["moves"].update(path="m_*.csv", delivered="%Y%m"))
    with pytest.raises(SourceError, match=r"m_\*\.csv not found"):
        _collect()


def test_a_delivery_that_the_control_file_names_has_to_be_there(places):
    _fill(places[0])

    def change(files, content):
        files["moves"].update(path="moves_*.csv", delivered="%Y%m")
        files["control"] = {"path": "c.csv", "columns": {"name": "string", "rows": "integer"}}
        content["control"] = {"file": "control", "path": "name", "rows": "rows"}

    _declare(change)
    (places[0] / "moves_202101.csv").write_text(MOVES, encoding="utf-8")
    control = places[0] / "c.csv"
    control.write_text("name,rows\nmoves_202101.csv,2\nmoves_202102.csv,9\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"moves_202102\.csv: .* states 9 rows.*is missing"):
        _collect()
    control.write_text("name,rows\nmoves_202101.csv,2\n", encoding="utf-8")
    _collect()


def test_a_database_stands_beside_files(places, tmp_path):
    _fill(places[0])
    database = tmp_path / "rates.db"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE rates (currency TEXT, day TEXT, rate REAL)")
        connection.execute("INSERT INTO rates VALUES ('USD', '2021-01-02', 0.8)")
        connection.commit()
    keys = {"path": "rates.parquet", "format": "sql", "url": f"sqlite:///{database}"}
    _declare(lambda files, _: files["rates"].update(keys, table="rates"))
    assert "rates.parquet" in {file["name"] for file in _collect()["files"]}
    assert pq.read_table(TINY.raw / "rates.parquet").to_pylist() == [
        {"currency": "USD", "day": "2021-01-02", "rate": Decimal("0.8")}
    ]


def test_rows_of_erased_customers_are_left_out_and_counted(places):
    _fill(places[0])

    def change(files, _):
        files["people"]["columns"]["id"] = {"type": "string", "private": "record"}
        files["moves"]["columns"]["person"] = {"type": "string", "private": "record"}

    _declare(change)
    erased = Erased(load_key()).with_customer("tiny", [], [(ANY_SYSTEM, "A")], [])
    save_erased(Run("tiny", PARAMS).paths.erased_list(), erased)
    assert _collect()["erased"] == {"moves.csv": 2, "people.csv": 1}
    assert (TINY.raw / "people.csv").read_text("utf-8") == PEOPLE.replace("A,01.02.2020,\n", "")


def test_the_simulated_bank_is_collected_with_its_truth(places, small_bank):
    bank = SourcePaths("simulated")
    shutil.copyfile(PROJECT / bank.mapping, bank.mapping)
    params = PARAMS.model_copy(update={"simulate": SMALL, "seed": 7})
    collect.main(Run("simulated", params))
    manifest = json.loads((bank.raw / "manifest.json").read_text(encoding="utf-8"))
    raw = {path.relative_to(bank.raw).as_posix() for path in bank.raw.rglob("*.*")}
    assert {file["name"] for file in manifest["files"]} == raw - {"manifest.json"}
    assert {name.split("/")[0] for name in raw - {"manifest.json"}} == {
        "brokerage", "contact", "control.csv", "core", "crm", "market", "products.csv",
        "suitability",
    }  # fmt: skip
    assert {path.stem for path in bank.truth.iterdir()} == {
        "accounts", "customers", "errors", "months", "records",
    }  # fmt: skip
    assert _contents(bank.folder) == _contents(small_bank)  # which other tests rely on


def _contents(folder):
    """The bytes of each file."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
