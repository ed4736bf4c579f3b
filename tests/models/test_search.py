import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.core.errors import ModelError
from src.core.params.train import IntRange
from src.models.folds import Fold
from src.models.recipes import UNTUNED
from src.models.search import _LIBRARIES, search
from tests.support.models.synthetic_tasks import PARAMS, table

ROOT = Path(__file__).parents[2]
LONGER = PARAMS.model_copy(update={"trials": 6, "max_rounds": 60})
PLACES = np.arange(600) % 2

KILLED = """
from pathlib import Path
from tests.models.test_search import LONGER, PLACES, table
from src.models.search import _LIBRARIES, search
search("churn", table(), PLACES, LONGER, 1, Path({study!r}))
"""


def trials_in(study: Path) -> int:
    with sqlite3.connect(study) as connection:
        return connection.execute("select count(*) from trials").fetchone()[0]


def test_a_killed_search_resumes_and_ends_where_an_undisturbed_one_does(tmp_path):
    study = tmp_path / "study.db"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED.format(study=str(study))],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_WAIT_POLICY": "PASSIVE"},
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "trial 3/6" in line:
            process.send_signal(signal.SIGKILL)
            break
    assert process.wait() == -signal.SIGKILL
    process.stderr.close()
    assert 3 <= trials_in(study) <= 6
    resumed = search("churn", table(), PLACES, LONGER, 1, study)
    undisturbed = search("churn", table(), PLACES, LONGER, 1, tmp_path / "other.db")
    pd.testing.assert_frame_equal(resumed.trials, undisturbed.trials)
    assert resumed.recipe == undisturbed.recipe
    assert resumed.loss == undisturbed.loss


def test_a_trial_cut_off_in_the_middle_is_redone(tmp_path, monkeypatch):
    calls = 0
    fit = Fold.fit

    def cut_off_at_the_fourth(*arguments):
        nonlocal calls
        calls += 1
        if calls == 4:  # the second fold of the second trial
            raise KeyboardInterrupt
        return fit(*arguments)

    monkeypatch.setattr(Fold, "fit", cut_off_at_the_fourth)
    study = tmp_path / "study.db"
    with pytest.raises(KeyboardInterrupt):
        search("churn", table(), PLACES, LONGER, 1, study)
    resumed = search("churn", table(), PLACES, LONGER, 1, study)
    undisturbed = search("churn", table(), PLACES, LONGER, 1, tmp_path / "other.db")
    pd.testing.assert_frame_equal(resumed.trials, undisturbed.trials)


def test_a_finished_search_is_reused_a_longer_one_goes_on_a_changed_one_starts_afresh(tmp_path):
    study = tmp_path / "study.db"
    first = search("churn", table(), PLACES, PARAMS, 1, study)
    again = search("churn", table(), PLACES, PARAMS, 1, study)
    assert trials_in(study) == 2
    assert again.recipe == first.recipe
    more = PARAMS.model_copy(update={"trials": 3})
    longer = search("churn", table(), PLACES, more, 1, study)
    assert trials_in(study) == 3
    pd.testing.assert_frame_equal(longer.trials[:2], first.trials, check_dtype=False)
    search("churn", table(seed=1), PLACES, PARAMS, 1, study)
    assert trials_in(study) == 5
    search("churn", table(), PLACES, PARAMS, 2, study)
    assert trials_in(study) == 7
    assert search("churn", table(), PLACES, PARAMS, 1, study).recipe == first.recipe


def test_the_search_begins_with_the_untuned_model_and_the_best_is_no_worse(tmp_path):
    found = search("churn", table(), PLACES, LONGER, 1, tmp_path / "study.db")
    assert found.trials.loc[0, list(UNTUNED.growth)].to_dict() == UNTUNED.growth
    assert found.trials.loc[0, "features"] == 8
    assert found.loss <= found.trials.loc[0, "log_loss"]
    assert len(found.trials) == 6


def test_the_untuned_model_is_brought_into_the_space(tmp_path):
    space = PARAMS.space.model_copy(update={"num_leaves": IntRange(low=20, high=31)})
    narrow = PARAMS.model_copy(update={"trials": 1, "space": space})
    found = search("churn", table(), PLACES, narrow, 1, tmp_path / "study.db")
    assert found.trials.loc[0, "num_leaves"] == 20


@pytest.mark.parametrize("changed", ["code", "library"])
def test_trials_of_other_code_or_another_library_are_not_reused(tmp_path, monkeypatch, changed):
    study = tmp_path / "study.db"
    search("churn", table(), PLACES, PARAMS, 1, study)
    if changed == "code":
        copy = tmp_path / "src"
        shutil.copytree(ROOT / "src" / "models", copy / "models")
        monkeypatch.setattr("src.models.search._SOURCES", copy)
        search("churn", table(), PLACES, PARAMS, 1, study)
        assert trials_in(study) == 2  # the same code at another place
        (copy / "models" / "fit.py").write_text("# edited")
    else:
        newer = {name: version(name) for name in _LIBRARIES} | {"scikit-learn": "99.0"}
        monkeypatch.setattr("src.models.search.version", newer.__getitem__)
    search("churn", table(), PLACES, PARAMS, 1, study)
    assert trials_in(study) == 4


def test_a_study_with_more_trials_than_asked_for_gives_what_a_new_one_gives(tmp_path):
    study = tmp_path / "study.db"
    search("churn", table(), PLACES, LONGER.model_copy(update={"trials": 9}), 1, study)
    fewer = LONGER.model_copy(update={"trials": 7})
    kept = search("churn", table(), PLACES, fewer, 1, study)
    fresh = search("churn", table(), PLACES, fewer, 1, tmp_path / "other.db")
    assert kept.importance == fresh.importance != {}
    pd.testing.assert_frame_equal(kept.trials, fresh.trials)


def test_several_processes_share_one_study_and_are_resumed(tmp_path):
    study = tmp_path / "study.db"
    two = LONGER.model_copy(update={"processes": 2})
    some = two.model_copy(update={"trials": 4})
    first = search("churn", table(), PLACES, some, 1, study)
    found = search("churn", table(), PLACES, two, 1, study)
    assert trials_in(study) == 6
    assert len(found.trials) == 6
    pd.testing.assert_frame_equal(found.trials[:4], first.trials, check_dtype=False)
    assert found.loss <= first.loss


def test_only_what_the_space_names_is_searched_and_equal_ends_fix_a_value(tmp_path):
    space = PARAMS.space.model_copy(update={"num_leaves": IntRange(low=7, high=7)})
    fixed = LONGER.model_copy(update={"space": space})
    found = search("churn", table(), PLACES, fixed, 1, tmp_path / "study.db")
    assert set(found.trials["num_leaves"]) == {7}
    assert set(found.trials["features"]) <= {3, 8}
    assert found.recipe.features in (3, 8)


def test_importance_names_the_searched_values_and_sums_to_one(tmp_path):
    found = search("churn", table(), PLACES, LONGER, 1, tmp_path / "study.db")
    assert set(found.importance) <= {*UNTUNED.growth, "features"}
    assert not found.importance or sum(found.importance.values()) == pytest.approx(1)


def test_a_file_that_is_no_study_is_refused(tmp_path):
    study = tmp_path / "study.db"
    study.write_text("no database")
    with pytest.raises(ModelError, match=r"study\.db: not a readable Optuna study"):
        search("churn", table(), PLACES, PARAMS, 1, study)
    with sqlite3.connect(tmp_path / "alien.db") as connection:
        connection.execute("create table studies (x int)")
    with pytest.raises(ModelError, match=r"alien\.db: not a readable Optuna study"):
        search("churn", table(), PLACES, PARAMS, 1, tmp_path / "alien.db")
