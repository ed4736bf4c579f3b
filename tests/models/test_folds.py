"""Features are chosen from a fold's training rows alone, bins are made once."""

import numpy as np
import pytest

from src.models.fit import Machine, Recipe, Table
from src.models.folds import Folds, cross_fit
from src.models.recipes import UNTUNED
from src.models.selection import kept, rank_features, select
from tests.support.models.synthetic_tasks import table

MACHINE = Machine(1, 1, 30, 5)
PLACES = np.arange(600) % 2


@pytest.mark.parametrize("classes", [2, 4])
def test_the_features_that_matter_rank_first(classes):
    ranking = rank_features(table(rows=2000, classes=classes), MACHINE)
    assert ranking[0] == 2
    assert set(ranking[:3]) >= {0, 2}


def test_a_constant_feature_is_never_ranked():
    rows = table()
    X = rows.X.copy()
    X[:, 2] = 1.0
    assert 2 not in rank_features(Table(X, rows.y, rows.names, 2), MACHINE)


@pytest.mark.parametrize("classes", [2, 3])
def test_held_out_rows_change_neither_the_choice_nor_the_fit_of_a_fold(classes):
    rows = table(classes=classes)
    poisoned = Table(rows.X.copy(), rows.y.copy(), rows.names, classes)
    held = PLACES == 0
    poisoned.y[held] = classes - 1 - poisoned.y[held]
    # same values in another order, so that the shared bins stay
    poisoned.X[held] = poisoned.X[held][::-1]
    plain, other = (Folds(t, PLACES, MACHINE).keeping(3)[0] for t in (rows, poisoned))
    assert plain.columns.tolist() == other.columns.tolist()
    one, two = (fold.fit(UNTUNED, MACHINE).booster for fold in (plain, other))
    rounds = min(one.best_iteration, two.best_iteration)
    X = rows.X[:, plain.columns]
    assert np.array_equal(
        one.predict(X, num_iteration=rounds), two.predict(X, num_iteration=rounds)
    )


def test_the_bins_of_a_number_of_features_are_made_once():
    folds = Folds(table(), PLACES, MACHINE)
    assert folds.keeping(3) is folds.keeping(3)
    assert folds.keeping(None) is folds.keeping(320)


@pytest.mark.parametrize(("form", "outputs"), [(None, 3), ("cumulative", 2), ("latent", 1)])
def test_every_row_gets_margins_out_of_fold(form, outputs):
    rows = table(rows=600, classes=3)
    crossed = cross_fit(Folds(rows, PLACES, MACHINE), Recipe(UNTUNED.growth, 4, form))
    assert crossed.margins.shape == (600, outputs)
    assert np.isfinite(crossed.margins).all()


def test_what_is_kept_stands_in_the_tables_order():
    assert kept(np.array([5, 1, 3]), 2, 8).tolist() == [1, 5]
    assert kept(np.array([5, 1, 3]), None, 8).tolist() == list(range(8))
    assert kept(np.array([5, 1, 3]), 9, 8).tolist() == list(range(8))
    own = select(table(), 3, MACHINE)
    assert len(own.names) == 3
    assert list(own.names) == [n for n in table().names if n in own.names]
