"""What is served loses the rows of some customers, and nothing else about it changes."""

import pandas as pd
import pyarrow as pa
import pytest

from src.core.errors import KehuError
from src.core.files import write_parquet
from src.models.bundle import load_bundle
from src.models.releases.pointer import Pointer, move_pointer, read_pointer
from src.models.releases.release import open_release, served_release
from src.pipeline.releases.republish import remove_releases_with, serve_without
from src.privacy.traces import Search
from tests.support.models.served_release import SILENT, SINCE, TASK, serve

GONE = ["C00003", SILENT]
SEARCH = Search.of({"pseudonym": GONE})


@pytest.fixture
def run(tmp_path, monkeypatch):
    return serve(tmp_path / "project", monkeypatch)


def names_in(release, file):
    return set(pd.read_parquet(release.folder / file, columns=["customer_id"])["customer_id"])


def test_the_rows_go_and_models_entries_and_since_stay(run):
    before, pointer = served_release(run.paths.pointer, run.paths.releases)
    made = serve_without(run, GONE)
    after, moved = served_release(run.paths.pointer, run.paths.releases)
    assert made == after
    assert after.digest != before.digest
    for file in ("serving/features.parquet", "scores/scores.parquet"):
        assert names_in(after, file) == names_in(before, file) - set(GONE)
        assert names_in(before, file) - names_in(after, file) == {"C00003"}
    assert names_in(after, "serving/without_history.parquet") == set()
    assert after.tasks == before.tasks
    bundles = [load_bundle(release.bundle(TASK)) for release in (before, after)]
    assert bundles[0].version == bundles[1].version
    changed = {"serving/features.parquet", "serving/without_history.parquet"}
    changed |= {"scores/scores.parquet"}
    files, others = before.manifest["files"], after.manifest["files"]
    assert {name for name in files if files[name] != others[name]} == changed
    assert (moved.since, moved.previous) == (SINCE, "")
    assert moved.decisions == pointer.decisions  # none is made and none is lost
    assert SEARCH.in_files([after.folder]) == []


def test_a_rewritten_table_reads_as_before_but_for_the_rows(run):
    before, _ = served_release(run.paths.pointer, run.paths.releases)
    after = serve_without(run, GONE)
    file = "serving/features.parquet"
    left = pd.read_parquet(before.folder / file).query("customer_id not in @GONE")
    pd.testing.assert_frame_equal(
        pd.read_parquet(after.folder / file), left.reset_index(drop=True), check_exact=True
    )


def test_a_release_without_the_customers_is_served_on_under_its_name(run):
    before, pointer = served_release(run.paths.pointer, run.paths.releases)
    assert serve_without(run, ["C77777"]).digest == before.digest
    assert read_pointer(run.paths.pointer) == pointer
    serve_without(run, GONE)
    once = read_pointer(run.paths.pointer)
    serve_without(run, GONE)
    assert read_pointer(run.paths.pointer) == once


def test_where_nothing_is_served_nothing_is_published(run):
    run.paths.pointer.unlink()
    assert serve_without(run, GONE) is None


def test_a_damaged_release_is_not_published_anew(run):
    before, _ = served_release(run.paths.pointer, run.paths.releases)
    with (before.folder / "scores/scores.parquet").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(KehuError, match=r"scores\.parquet: its SHA-256 is"):
        serve_without(run, GONE)


def test_releases_of_before_that_hold_them_go_and_others_stay(run):
    before, _ = served_release(run.paths.pointer, run.paths.releases)
    other = run.paths.releases / "0123456789abcdef"
    write_parquet(other / "scores/scores.parquet", pa.table({"customer_id": ["C00001"]}))
    assert remove_releases_with(run, SEARCH) == []  # what is served is for `serve_without`
    after = serve_without(run, GONE)
    pointer = read_pointer(run.paths.pointer)
    move_pointer(run.paths.pointer, Pointer(after.digest, SINCE, before.digest, pointer.decisions))
    assert remove_releases_with(run, SEARCH) == [before.folder]
    assert sorted(path.name for path in run.paths.releases.iterdir()) == sorted(
        [other.name, after.digest]
    )
    assert read_pointer(run.paths.pointer).previous == ""
    assert open_release(after.folder).digest == after.digest
