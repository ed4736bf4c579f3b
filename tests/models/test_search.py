import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.core.errors import ModelError
from src.models import search as module
from src.models.search import DEFAULT, search
from tests.models.worlds import PARAMS, table

ROOT = Path(__file__).parents[2]
LONGER = PARAMS.model_copy(update={"trials": 6, "max_rounds": 60})
PLACES = np.arange(600) % 2

KILLED = """
from pathlib import Path
from tests.models.test_search import LONGER, PLACES, table
from src.models.search import search
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
    assert resumed.growth == undisturbed.growth
    assert resumed.loss == undisturbed.loss


def test_a_trial_cut_off_in_the_middle_is_redone(tmp_path, monkeypatch):
    calls = 0
    train = module.fold_losses

    def cut_off_at_the_third(*arguments):
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return train(*arguments)

    monkeypatch.setattr(module, "fold_losses", cut_off_at_the_third)
    study = tmp_path / "study.db"
    with pytest.raises(KeyboardInterrupt):
        search("churn", table(), PLACES, LONGER, 1, study)
    resumed = search("churn", table(), PLACES, LONGER, 1, study)
    assert calls == 3 + 4
    undisturbed = search("churn", table(), PLACES, LONGER, 1, tmp_path / "other.db")
    pd.testing.assert_frame_equal(resumed.trials, undisturbed.trials)


def test_a_finished_search_is_reused_a_longer_one_goes_on_a_changed_one_starts_afresh(tmp_path):
    study = tmp_path / "study.db"
    first = search("churn", table(), PLACES, PARAMS, 1, study)
    again = search("churn", table(), PLACES, PARAMS, 1, study)
    assert trials_in(study) == 2
    assert again.growth == first.growth
    more = PARAMS.model_copy(update={"trials": 3})
    longer = search("churn", table(), PLACES, more, 1, study)
    assert trials_in(study) == 3
    pd.testing.assert_frame_equal(longer.trials[:2], first.trials, check_dtype=False)
    search("churn", table(seed=1), PLACES, PARAMS, 1, study)
    assert trials_in(study) == 5
    search("churn", table(), PLACES, PARAMS, 2, study)
    assert trials_in(study) == 7
    assert search("churn", table(), PLACES, PARAMS, 1, study).growth == first.growth


def test_the_first_trial_is_the_default_and_the_best_is_no_worse(tmp_path):
    found = search("churn", table(), PLACES, LONGER, 1, tmp_path / "study.db")
    assert found.trials.loc[0, list(DEFAULT)].to_dict() == DEFAULT
    assert found.loss <= found.trials.loc[0, "log_loss"]
    assert len(found.trials) == 6


def test_a_file_that_is_no_study_is_refused(tmp_path):
    study = tmp_path / "study.db"
    study.write_text("no database")
    with pytest.raises(ModelError, match=r"study\.db: not a readable Optuna study"):
        search("churn", table(), PLACES, PARAMS, 1, study)
    with sqlite3.connect(tmp_path / "alien.db") as connection:
        connection.execute("create table studies (x int)")
    with pytest.raises(ModelError, match=r"alien\.db: not a readable Optuna study"):
        search("churn", table(), PLACES, PARAMS, 1, tmp_path / "alien.db")
