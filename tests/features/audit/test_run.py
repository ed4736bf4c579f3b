"""An audit as it is asked for, and the command: what it prints and how it ends."""

import json

import click
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from src.cli.base import FindingError
from src.core.errors import FeatureError
from src.core.schemas import TABLES
from src.features.audit.built import built_rows
from src.features.audit.run import read_spec
from src.features.sorted_events import SortedEvents
from tests.support.cli.command import asked
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


def audit(folder, name, *more):
    """Run the command on a spec; each name makes another, which nothing remembers."""
    spec = small_spec(name).select(FEATURES)
    path = folder / "spec.json"
    path.write_text(json.dumps(spec.to_json()), "utf-8")
    given = ["--catalogue", str(path), "--ledger", str(folder)]
    return asked("features", "audit", *given, "--customers", "6", "--snapshots", "1", *more)


def test_a_spec_in_json_is_audited_on_the_ledger_and_on_a_built_one(folder):
    done = audit(folder, "sound", "--json")
    assert done.return_value is None and done.exception is None
    found = json.loads(done.stdout)
    assert found["passed"]
    assert found["verdicts"]["clean"] == 2
    assert [ledger["name"] for ledger in found["ledgers"]] == [str(folder), "built for the spec"]
    assert 0 < found["ledgers"][0]["customers"] <= 6
    assert found["features"]["movements_count_30d"]["trials"]["window"] == "clean"


def test_the_audit_is_printed_for_people(folder):
    done = audit(folder, "printed")
    assert "passed: 2 features, 0 leaks, 0 misses, 2 clean, 0 not exercised" in done.stdout


def test_a_leak_is_shown_with_an_example_and_the_exit_status_is_three(folder, monkeypatch):
    sound = SortedEvents.window_start
    monkeypatch.setattr(
        SortedEvents, "window_start", lambda self, age: sound(self, age + 1 if age else 0)
    )
    done = audit(folder, "leaky", "--json")
    assert isinstance(done.exception, FindingError)
    assert done.exception.exit_status == 3
    assert "failed: 2 features, 1 leaks" in str(done.exception)
    found = json.loads(done.stdout)
    assert found["features"]["dependants"] == {
        "verdict": "clean",
        "trials": found["features"]["dependants"]["trials"],
    }
    example = found["features"]["movements_count_30d"]["counterexample"]
    assert example["trial"] == "window"
    assert example["customer_id"].startswith("customer-")
    assert example["after"] > example["before"]


def test_one_asks_for_a_task_or_a_catalogue_and_for_features_that_exist(folder):
    both = audit(folder, "asked", "--task", "churn")
    assert isinstance(both.exception, click.UsageError)
    assert "expected one of them" in both.exception.message
    audit(folder, "asked")
    with pytest.raises(FeatureError, match="Did you mean 'movements_count_30d'"):
        read_spec(folder / "spec.json", ["movement_count_30d"])
