"""Every model that learned from a customer is named, and so is one of which nobody can tell."""

import dataclasses
import shutil

import pandas as pd
import pytest

from src.models.splits import split_rows
from src.pipeline.deliveries.inputs import key_of
from src.pipeline.operations.learned import learned_models
from src.pipeline.run import open_run
from src.privacy.erased import Erased, save_erased
from tests.support.models.served_release import (
    SEED,
    SHARE,
    TASK,
    bundle_of_labels,
    learned_and_held_out,
    register,
    serve,
)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A project in which a model is served, and another one waits in MLflow."""
    folder = tmp_path_factory.mktemp("served") / "project"
    with pytest.MonkeyPatch.context() as patch:
        run = serve(folder, patch)
        register(run, bundle_of_labels(run, labels_of(run), seed=SEED + 1))
    return folder


@pytest.fixture
def run(served, tmp_path, monkeypatch):
    folder = shutil.copytree(served, tmp_path / "project", symlinks=True)
    monkeypatch.chdir(folder)
    return open_run("simulated")


def labels_of(run):
    return pd.read_parquet(run.paths.labels / f"{TASK}.parquet")


def development_rows(labels, seed, customers):
    split = split_rows(labels, 60, SHARE, 2, seed)
    return int((labels["customer_id"].isin(customers) & split.development).sum())


def test_models_that_learned_from_them_are_named_with_their_rows(run):
    labels = labels_of(run)
    learned, held_out = learned_and_held_out(labels)
    rows = development_rows(labels, SEED, [learned])
    assert rows > 1
    served = learned_models(run, [learned, held_out])[0]
    assert (served.task, served.served, served.number) == (TASK, True, "1")
    assert (served.rows, served.customers, served.sure) == (rows, 1, True)
    assert f"learned from {rows} rows of 1 of them" in str(served)
    assert served.version in str(served)


def test_each_version_in_mlflow_is_judged_by_its_own_split(run):
    labels = labels_of(run)
    for customer in sorted(set(labels["customer_id"]))[:12]:
        expected = {
            number: rows
            for number, seed in (("1", SEED), ("2", SEED + 1))
            if (rows := development_rows(labels, seed, [customer]))
        }
        found = learned_models(run, [customer])
        assert {model.number: model.rows for model in found} == expected
        assert {model.number for model in found if model.served} == {"1"} & set(expected)


def test_whom_a_model_held_out_or_never_met_it_did_not_learn_from(run):
    _, held_out = learned_and_held_out(labels_of(run))
    assert not any(model.served for model in learned_models(run, [held_out]))
    assert learned_models(run, ["C77777"]) == []


def test_after_an_earlier_erasure_a_model_of_before_may_have_learned_from_them(run):
    """Who was erased leaves a gap, so that today's `arrival` may not be the one at the training."""
    labels = labels_of(run)
    _, held_out = learned_and_held_out(labels)
    save_erased(
        run.paths.erased_list(), Erased(key_of(run)).with_customer("simulated", ["K"], [], [])
    )
    assert not any(model.served for model in learned_models(run, [held_out]))  # the same labels
    labels.iloc[1:].to_parquet(run.paths.labels / f"{TASK}.parquet")
    served = [model for model in learned_models(run, [held_out]) if model.served]
    assert [model.sure for model in served] == [False]
    assert "may have learned from" in str(served[0])


def test_where_nobody_can_tell_the_model_is_named_all_the_same(run):
    (run.paths.labels / f"{TASK}.parquet").unlink()
    found = learned_models(run, ["C00001"])
    assert [(m.number, m.served, m.rows, m.sure) for m in found] == [
        ("1", True, 0, False),
        ("2", False, 0, False),
    ]
    assert "may have learned from them; which rows" in str(found[0])


def test_a_version_that_has_lost_its_files_is_named_as_well(run):
    learned, _ = learned_and_held_out(labels_of(run))
    shutil.rmtree("mlartifacts")
    lost = [model for model in learned_models(run, [learned]) if model.number == "2"]
    assert [model.sure for model in lost] == [False]
    with pytest.raises(dataclasses.FrozenInstanceError):
        lost[0].sure = True
