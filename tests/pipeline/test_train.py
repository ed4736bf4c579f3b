"""What the stage train writes follows from what DVC tracks, and from nothing else."""

import subprocess
from pathlib import Path

from src.pipeline.modelling import train
from tests.support.models.promotable_project import (
    PATHS,
    TASK,
    bytes_of,
    make_project,
    set_params,
    the_run,
)


def trained_in(folder: Path, monkeypatch) -> dict[str, bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    make_project(folder, monkeypatch)
    set_params(train__trials=3, train__max_rounds=15, train__test_snapshots=2, train__folds=2)
    train.main(the_run(), TASK)
    return bytes_of(PATHS.models / TASK)


def test_two_folders_with_another_history_write_the_same_bytes(tmp_path, monkeypatch):
    first = trained_in(tmp_path / "one", monkeypatch)
    other = tmp_path / "elsewhere" / "two"
    other.mkdir(parents=True)
    git = ("git", "-c", "user.name=x", "-c", "user.email=x@y", "-C", str(other))
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "another revision"]):
        subprocess.run([*git, *command], check=True)
    second = trained_in(other, monkeypatch)
    assert first.keys() == second.keys()
    assert {"trials.csv", "model/model.txt", "model/card.json"} <= first.keys()
    assert first == second
    for path, content in first.items():
        assert str(tmp_path).encode() not in content, path


def test_trials_that_were_kept_change_nothing_that_is_written(tmp_path, monkeypatch):
    first = trained_in(tmp_path, monkeypatch)
    assert PATHS.studies.is_file()
    set_params(train__trials=5)
    train.main(the_run(), TASK)
    longer = bytes_of(PATHS.models / TASK)
    assert longer["trials.csv"] != first["trials.csv"]
    set_params(train__trials=3)
    train.main(the_run(), TASK)
    assert bytes_of(PATHS.models / TASK) == first
