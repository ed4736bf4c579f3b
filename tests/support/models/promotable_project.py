"""A project's folder from the features on, of a synthetic task: real files, no ledger rows but the
customers."""

import shutil
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from src.core.files import write_json, write_parquet
from src.core.ledger import table_of_rows
from src.core.params import load_params
from src.core.schemas import TABLES, TASKS
from src.features.spec import FeatureSpec
from src.models.candidates import save_candidates
from src.models.releases.release import Release, served_release
from src.models.train import TaskRows, train_task
from src.pipeline.modelling import candidate, evaluate, fairness
from src.pipeline.paths import SourcePaths
from src.pipeline.releases.contest import Contest
from src.pipeline.releases.promote import promote
from src.pipeline.run import Run, open_run
from src.reports.document.page import Document, Section, both, render
from src.reports.model.status import Status, made_by_slot, sign_off_slot, status_slot
from tests.support.models.mlflow_stores import empty_store
from tests.support.models.synthetic_tasks import PARAMS, panel, policy_of

PROJECT = Path(__file__).resolve().parents[3]
TASK = "churn"
CUSTOMERS, SNAPSHOTS, FEATURES = 300, 9, 6
PATHS = SourcePaths("simulated")


def make_project(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `folder` the working directory, with configuration, ledger, features and labels."""
    monkeypatch.chdir(folder)
    (folder / "mlflow.db").write_bytes(empty_store())
    (folder / "configs").symlink_to(PROJECT / "configs")
    shutil.copyfile(PROJECT / "params.yaml", folder / "params.yaml")
    set_params(evaluate__bootstrap=100, promote__min_rows=20, promote__max_calibration_error=0.5)
    features, labels, spec = panel(CUSTOMERS, SNAPSHOTS, FEATURES)
    customers = [
        {
            "customer_id": name,
            "kind": "person",
            "joined_on": datetime(2020, 1, 1),
            "known_at": datetime(2020, 1, 1 + place % 28, place // 28),
            "source": "test",
        }
        for place, name in enumerate(features["customer_id"].unique())
    ]
    PATHS.ledger.mkdir(parents=True)
    for name in TABLES:
        rows = customers if name == "customers" else []
        pq.write_table(table_of_rows(name, rows), PATHS.ledger / f"{name}.parquet")
    declare_unsupported({task: "no such labels" for task in TASKS if task != TASK})
    support({TASK})
    PATHS.candidate_reports.mkdir(parents=True)
    (PATHS.candidate_reports / f"{TASK}.html").write_text(report_page(), encoding="utf-8")
    write_features(features, spec)
    write_parquet(PATHS.labels / f"{TASK}.parquet", labels)
    by_month = "month,labelled_share,highest_class_share\n2024-01-01,1.0,0.4\n"
    (PATHS.labels / f"{TASK}_by_month.csv").write_text(by_month, encoding="utf-8")


def report_page() -> str:
    """A report with nothing but what depends on the decision about its version."""
    status = Status()
    blocks = [made_by_slot(status), sign_off_slot(status)]
    sections = [Section("made", both("Made", "形成"), blocks)]
    words = both("A model", "模型")
    return render(Document(words, words, sections, words, header=[status_slot(status)]))


def the_run() -> Run:
    """The run of the project's source, with params.yaml as it is now."""
    return open_run("simulated")


def declare_unsupported(reasons: dict[str, str]) -> None:
    """As the mapping of a source does."""
    content = {"base_currency": "CNY", "ends": "together", "unsupported": reasons}
    write_json(PATHS.ledger / "integration.json", content)


def support(tasks: set[str]) -> None:
    """As the stage labels finds."""
    entries = {task: {"supported": task in tasks, "reason": "too few classes"} for task in TASKS}
    write_json(PATHS.labels / "labels.json", entries)


def write_features(features: pd.DataFrame, spec: FeatureSpec) -> None:
    write_parquet(PATHS.features / "features.parquet", features)
    write_json(PATHS.features / "spec.json", spec.to_json())


def train(labels: pd.DataFrame, features: pd.DataFrame, spec: FeatureSpec, rounds: int) -> None:
    """The stage train at a size for tests: more rounds make another model."""
    rows = TaskRows(features, labels, spec)
    params = PARAMS.model_copy(update={"max_rounds": rounds, "trials": 1})
    trained = train_task(rows, policy_of(2), params, load_params().seed, PATHS.studies)
    save_candidates(trained, PATHS.models / TASK)


def made(rounds: int, noise: float = 0.0) -> None:
    """Train, compare groups, evaluate and make a candidate release. noise: share of development
    labels that are drawn anew, which makes a worse model."""
    features, labels, spec = panel(CUSTOMERS, SNAPSHOTS, FEATURES)
    learned = labels.copy()
    if noise:
        rng = np.random.default_rng(0)
        wrong = (rng.random(len(labels)) < noise) & (labels["as_of"] < "2024-06-01")
        learned.loc[wrong, "label"] = rng.integers(0, 2, int(wrong.sum()))
    train(learned, features, spec, rounds)
    fairness.main(the_run(), TASK)
    evaluate.main(the_run(), TASK)
    candidate.main(the_run())


def promoted(rounds: int, noise: float = 0.0) -> Contest:
    """Make a candidate and promote; what was decided of the task."""
    made(rounds, noise)
    return decided()


def decided() -> Contest:
    """Promote the candidate that is there; what was decided of the task."""
    return next(c for c in promote(the_run()).contests if c.task == TASK)


def release() -> Release:
    """What is served."""
    found = served_release(PATHS.pointer, PATHS.releases)
    assert found is not None
    return found[0]


def served_version() -> str:
    """The version of the task's model that is served."""
    return str(release().tasks[TASK]["version"])


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*.*")}


def set_params(**values: object) -> None:
    """Write values into params.yaml; a double underscore stands for a dot."""
    from dvc.utils.hydra import apply_overrides

    settings = [f"{key.replace('__', '.')}={value}" for key, value in values.items()]
    apply_overrides(Path("params.yaml").absolute(), settings)
