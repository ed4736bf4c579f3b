"""Choosing a source changes one word of params.yaml and nothing else."""

import shutil
from pathlib import Path

import pytest

from src.core.errors import ConfigError
from src.core.params import load_params
from src.pipeline.select import select, selected

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(PROJECT / "params.yaml", tmp_path)
    (tmp_path / "configs/sources").mkdir(parents=True)
    for name in ("simulated", "berka"):
        (tmp_path / f"configs/sources/{name}.yaml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_only_the_source_changes_and_the_comments_stay(project: Path) -> None:
    before = (project / "params.yaml").read_text("utf-8")
    select("berka")
    after = (project / "params.yaml").read_text("utf-8")
    assert load_params(project / "params.yaml").source == "berka"
    assert after.replace("source: berka", "source: simulated") == before


def test_the_source_in_force_is_left_alone(project: Path) -> None:
    before = (project / "params.yaml").read_bytes()
    select("simulated")
    assert (project / "params.yaml").read_bytes() == before


def test_outputs_of_another_source_are_refused_with_both_ways_out() -> None:
    assert selected("simulated").source == "simulated"
    with pytest.raises(ConfigError, match=r"Add `--source simulated`, or run `kehu run --source b"):
        selected("berka")
