"""Outputs are the old ones or the new ones, never half of either."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from src.core.errors import KehuError
from src.core.files import (
    digest,
    exclusive,
    read_json,
    read_parquet,
    replacing_file,
    replacing_folder,
    write_json,
    write_parquet,
)


class PowerCutError(Exception):
    pass


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_finished_write_replaces_the_file(tmp_path):
    path = tmp_path / "new" / "out.txt"
    for text in ("old", "new"):
        with replacing_file(path) as aside:
            aside.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == "new"
    assert names(path.parent) == ["out.txt"]


def test_a_write_that_fails_midway_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(PowerCutError), replacing_file(path) as aside:
        aside.write_text("half of the n", encoding="utf-8")
        raise PowerCutError
    assert path.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["out.txt"]


def test_until_the_block_ends_readers_see_the_old_file(tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("old", encoding="utf-8")
    with replacing_file(path) as aside:
        aside.write_text("new", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == "old"
    assert path.read_text(encoding="utf-8") == "new"


def test_a_folder_that_fails_midway_leaves_the_old_folder_and_nothing_else(tmp_path):
    path = tmp_path / "bundle"
    path.mkdir()
    (path / "model.txt").write_text("old", encoding="utf-8")
    with pytest.raises(PowerCutError), replacing_folder(path) as aside:
        (aside / "model.txt").write_text("half", encoding="utf-8")
        raise PowerCutError
    assert (path / "model.txt").read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["bundle"]


def test_a_finished_folder_replaces_the_old_one_as_a_whole(tmp_path):
    path = tmp_path / "bundle"
    path.mkdir()
    (path / "stale.txt").write_text("old", encoding="utf-8")
    with replacing_folder(path) as aside:
        (aside / "model.txt").write_text("new", encoding="utf-8")
    assert names(path) == ["model.txt"]
    assert names(tmp_path) == ["bundle"]


def test_if_the_new_folder_cannot_take_its_place_the_old_one_stays(tmp_path, monkeypatch):
    path = tmp_path / "bundle"
    path.mkdir()
    (path / "model.txt").write_text("old", encoding="utf-8")
    rename = Path.replace

    def refuse(self, target):
        if not self.name.endswith(".old.part") and Path(target) == path:
            raise OSError("disk full")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="disk full"), replacing_folder(path) as aside:
        (aside / "model.txt").write_text("new", encoding="utf-8")
    assert (path / "model.txt").read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["bundle"]


def killed(statement: str, *arguments: Path) -> None:
    """Run Python that writes something aside and then kills itself."""
    program = f"import os, sys\nfrom pathlib import Path\nfrom src.core import files\n{statement}"
    done = subprocess.run([sys.executable, "-c", program, *map(str, arguments)], check=False)
    assert done.returncode == -signal.SIGKILL


KILL = "os.kill(os.getpid(), 9)"


def test_what_a_killed_process_left_aside_goes_with_the_next_write(tmp_path):
    for name in ("folder", "file"):
        path = tmp_path / name
        killed(f"with files.replacing_{name}(Path(sys.argv[1])):\n  {KILL}", path)
        assert len(names(tmp_path)) == 1
        replacing = replacing_folder if name == "folder" else replacing_file
        with replacing(path):
            pass
        assert names(tmp_path) == [name]
        path.rmdir() if name == "folder" else path.unlink()


def test_the_old_folder_comes_back_if_the_swap_was_killed_halfway(tmp_path):
    path = tmp_path / "bundle"
    path.mkdir()
    (path / "model.txt").write_text("old", encoding="utf-8")
    killed(
        "rename = Path.replace\n"
        "def once(self, target):\n"
        f"  rename(self, target)\n  {KILL}\n"
        "Path.replace = once\n"
        "with files.replacing_folder(Path(sys.argv[1])):\n  pass",
        path,
    )
    assert not path.exists()
    with pytest.raises(PowerCutError), replacing_folder(path):
        raise PowerCutError
    assert (path / "model.txt").read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["bundle"]


def test_what_a_living_process_writes_aside_stays(tmp_path):
    with replacing_file(tmp_path / "a.json") as first:
        with replacing_file(tmp_path / "a.json"):
            assert first.exists()
        assert f".{os.getpid()}." in first.name


def test_a_folder_for_its_owner_alone_is_never_open_to_others(tmp_path):
    with replacing_folder(tmp_path / "vault", mode=0o700) as aside:
        assert aside.stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "vault").stat().st_mode & 0o777 == 0o700


def test_others_may_read_what_was_written(tmp_path):
    write_json(tmp_path / "a.json", {})
    with replacing_folder(tmp_path / "folder"):
        pass
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o755


def test_json_is_the_same_bytes_for_any_order_of_keys_and_keeps_chinese(tmp_path):
    write_json(tmp_path / "a.json", {"b": 1, "a": "客户"})
    write_json(tmp_path / "b.json", {"a": "客户", "b": 1})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert "客户" in (tmp_path / "a.json").read_text(encoding="utf-8")
    assert read_json(tmp_path / "a.json") == {"a": "客户", "b": 1}


@pytest.mark.parametrize("content", [{"x": float("nan")}, {"x": object()}])
def test_json_that_cannot_be_written_leaves_the_old_file(tmp_path, content):
    path = tmp_path / "a.json"
    write_json(path, {"x": 1})
    with pytest.raises((ValueError, TypeError)):
        write_json(path, content)
    assert json.loads(path.read_text(encoding="utf-8")) == {"x": 1}
    assert names(tmp_path) == ["a.json"]


def test_a_missing_or_damaged_json_file_says_what_to_run(tmp_path):
    with pytest.raises(KehuError, match=r"none\.json: no such file.*dvc repro"):
        read_json(tmp_path / "none.json")
    path = tmp_path / "bad.json"
    path.write_text('{"x": ', encoding="utf-8")
    with pytest.raises(KehuError, match=r"bad\.json: not readable as JSON.*dvc repro"):
        read_json(path)


def test_parquet_keeps_values_and_holds_microseconds(tmp_path):
    path = tmp_path / "t.parquet"
    frame = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            "as_of": pd.to_datetime(["2024-01-01", "2024-02-01"]).as_unit("ns"),
            "x": [1.5, np.nan],
        }
    )
    write_parquet(path, frame)
    assert pq.read_schema(path).field("as_of").type == pa.timestamp("us")
    pd.testing.assert_frame_equal(read_parquet(path), frame, check_dtype=False)


def test_equal_tables_give_equal_bytes(tmp_path):
    frame = pd.DataFrame({"x": np.arange(1000)})
    write_parquet(tmp_path / "a.parquet", frame)
    write_parquet(tmp_path / "b.parquet", frame.copy())
    assert digest(tmp_path / "a.parquet") == digest(tmp_path / "b.parquet")


def test_a_parquet_write_that_fails_leaves_the_old_table(tmp_path):
    path = tmp_path / "t.parquet"
    write_parquet(path, pd.DataFrame({"x": [1]}))
    fine_times = pa.table({"t": pa.array([1], pa.timestamp("ns"))})
    with pytest.raises(pa.ArrowException):
        write_parquet(path, fine_times)
    assert read_parquet(path)["x"].tolist() == [1]
    assert names(tmp_path) == ["t.parquet"]


def test_a_missing_or_damaged_parquet_file_says_what_to_run(tmp_path):
    with pytest.raises(KehuError, match=r"none\.parquet: no such file.*dvc repro"):
        read_parquet(tmp_path / "none.parquet")
    path = tmp_path / "bad.parquet"
    path.write_bytes(b"PAR1 not really PAR1")
    with pytest.raises(KehuError, match=r"bad\.parquet: not readable as Parquet"):
        read_parquet(path)


def test_digests_are_those_of_the_bytes(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"abc")
    assert digest(path, "md5") == "900150983cd24fb0d6963f7d28e17f72"
    assert digest(path).startswith("ba7816bf8f01cfea")


def test_a_lock_is_held_by_one_process_at_a_time_and_ends_with_it(tmp_path):
    hold = (
        "import sys, pathlib, time; from src.core.files import exclusive\n"
        "with exclusive(pathlib.Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    lock = tmp_path / "deep" / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(lock)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(KehuError, match="another command is deciding what is served"),
            exclusive(lock),
        ):
            pass
        other.kill()
    with exclusive(lock):
        assert lock.is_file()
