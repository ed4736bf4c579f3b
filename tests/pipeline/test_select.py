"""Choosing a source changes one word of params.yaml and nothing else."""

import shutil
import sys
from pathlib import Path

import pytest

from src.core.errors import ConfigError
from src.core.params import load_params
from src.pipeline import select

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copy(PROJECT / "params.yaml", tmp_path)
    (tmp_path / "configs/sources").mkdir(parents=True)
    for name in ("simulated", "berka"):
        (tmp_path / f"configs/sources/{name}.yaml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def selected(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(sys, "argv", ["select", name])
    select.main()


def test_only_the_source_changes_and_the_comments_stay(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (project / "params.yaml").read_text("utf-8")
    selected(monkeypatch, "berka")
    after = (project / "params.yaml").read_text("utf-8")
    assert load_params(project / "params.yaml").source == "berka"
    assert after.replace("source: berka", "source: simulated") == before


def test_the_source_in_force_is_left_alone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (project / "params.yaml").read_bytes()
    selected(monkeypatch, "simulated")
    assert (project / "params.yaml").read_bytes() == before


def test_an_unknown_source_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'berka'"):
        selected(monkeypatch, "berca")
