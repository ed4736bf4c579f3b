"""Collection brings complete folders or none, and says what is missing and where to get it."""

import json

import pytest
import yaml

from src.core.errors import SourceError
from src.core.files import digest
from src.sources.collect import collect
from tests.sources.conftest import CONFIGS, SMALL
from tests.sources.test_integrate import MAPPING, MOVES, PEOPLE, RATES


@pytest.fixture
def places(tmp_path, monkeypatch):
    """Incoming folder, shared folder and a collect() of the source `tiny` from them."""
    incoming, shared = tmp_path / "incoming", tmp_path / "shared"
    (incoming / "tiny").mkdir(parents=True)
    (shared / "tiny").mkdir(parents=True)
    monkeypatch.setenv("KEHU_SHARED_DATA", str(shared))
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(MAPPING), encoding="utf-8")

    def run():
        collect("tiny", SMALL, 1, tmp_path, incoming, tmp_path / "raw", tmp_path / "truth")
        return json.loads((tmp_path / "raw" / "manifest.json").read_text(encoding="utf-8"))

    return incoming / "tiny", shared / "tiny", run


def _fill(folder):
    for name, text in (("people.csv", PEOPLE), ("moves.csv", MOVES), ("rates.csv", RATES)):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "unrelated.csv").write_text("x\n", encoding="utf-8")


@pytest.mark.parametrize("place", [0, 1], ids=["incoming", "shared"])
def test_only_the_files_named_by_the_mapping_are_copied_and_listed(places, tmp_path, place):
    _fill(places[place])
    manifest = places[2]()
    assert manifest["source"] == "tiny"
    assert [file["name"] for file in manifest["files"]] == ["moves.csv", "people.csv", "rates.csv"]
    for file in manifest["files"]:
        path = tmp_path / "raw" / file["name"]
        assert (file["bytes"], file["md5"]) == (path.stat().st_size, digest(path, "md5"))
    assert list((tmp_path / "truth").iterdir()) == []


def test_a_missing_file_is_named_with_the_places_and_the_origin(places, tmp_path):
    with pytest.raises(SourceError) as caught:
        places[2]()
    message = str(caught.value)
    for part in ("moves.csv", str(places[0]), str(places[1]), "Ask the bank."):
        assert part in message
    assert not (tmp_path / "raw").exists()


def test_a_file_missing_later_leaves_what_was_collected_before(places, tmp_path):
    _fill(places[0])
    places[2]()
    (places[0] / "rates.csv").unlink()
    with pytest.raises(SourceError, match=rf"rates\.csv not found.*missing files into {places[0]}"):
        places[2]()
    assert (tmp_path / "raw" / "rates.csv").is_file()


def test_the_simulated_bank_is_collected_with_its_truth(simulated):
    manifest = json.loads((simulated / "raw" / "manifest.json").read_text(encoding="utf-8"))
    assert "core_transactions.parquet" in {file["name"] for file in manifest["files"]}
    assert (simulated / "truth" / "months.parquet").is_file()
    assert CONFIGS.is_dir()
