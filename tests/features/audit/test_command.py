"""The command: what it audits, what it prints and writes, and how it ends."""

import argparse
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from src.core.errors import ConfigError, FeatureError
from src.core.schemas import TABLES
from src.features.audit.built import built_rows
from src.features.audit.command import add_arguments, chosen_spec, run
from src.features.sorted_events import SortedEvents
from tests.support.features.planted_leaks import small_spec

FEATURES = ["movements_count_30d", "dependants"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A ledger in files, and a spec beside it."""
    folder = tmp_path_factory.mktemp("audited")
    rows = built_rows(small_spec("command"), [f"customer-{n}" for n in range(8)])
    for name, table in TABLES.items():
        content = pa.Table.from_pylist(rows.get(name, []), schema=table.arrow)
        pq.write_table(content, folder / f"{name}.parquet")
    return folder


def arguments(folder, name, *more):
    spec = small_spec(name).select(FEATURES)
    path = folder / "spec.json"
    path.write_text(json.dumps(spec.to_json()), "utf-8")
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    given = ["--catalogue", str(path), "--ledger", str(folder), "--json", str(folder / "out.json")]
    return parser.parse_args([*given, "--customers", "6", "--snapshots", "1", *more])


def test_a_spec_in_json_is_audited_on_the_ledger_and_on_a_built_one(folder, capsys):
    run(arguments(folder, "sound"))
    printed = capsys.readouterr().out
    assert "passed: 2 features, 0 leaks, 0 misses, 2 clean, 0 not exercised" in printed
    found = json.loads((folder / "out.json").read_text("utf-8"))
    assert found["passed"]
    assert found["verdicts"]["clean"] == 2
    assert [ledger["name"] for ledger in found["ledgers"]] == [str(folder), "built for the spec"]
    assert 0 < found["ledgers"][0]["customers"] <= 6
    assert found["features"]["movements_count_30d"]["trials"]["window"] == "clean"


def test_a_leak_is_shown_with_an_example_and_the_exit_status_is_one(folder, capsys, monkeypatch):
    sound = SortedEvents.window_start
    monkeypatch.setattr(
        SortedEvents, "window_start", lambda self, age: sound(self, age + 1 if age else 0)
    )
    with pytest.raises(SystemExit) as stopped:
        run(arguments(folder, "leaky"))
    assert stopped.value.code == 1
    printed = capsys.readouterr().out
    assert "failed: 2 features, 1 leaks" in printed
    found = json.loads((folder / "out.json").read_text("utf-8"))
    assert found["features"]["dependants"] == {
        "verdict": "clean",
        "trials": found["features"]["dependants"]["trials"],
    }
    example = found["features"]["movements_count_30d"]["counterexample"]
    assert example["trial"] == "window"
    assert example["customer_id"].startswith("customer-")
    assert example["after"] > example["before"]


def test_one_asks_for_a_task_or_a_catalogue_and_for_features_that_exist(folder):
    both = arguments(folder, "asked", "--task", "churn")
    with pytest.raises(ConfigError, match="expected one of them"):
        chosen_spec(both, folder)
    unknown = arguments(folder, "asked", "--only", "movement_count_30d")
    with pytest.raises(FeatureError, match="Did you mean 'movements_count_30d'"):
        chosen_spec(unknown, folder)
