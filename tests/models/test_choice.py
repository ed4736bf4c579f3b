"""The form is chosen on later rows of other customers, the test rows unseen."""

import numpy as np
import pandas as pd

from src.models.choice import choose_form
from src.models.fit import Machine, Recipe, Table
from src.models.recipes import UNTUNED
from src.models.search import Found
from tests.support.models.synthetic_tasks import PARAMS, panel

MACHINE = Machine(3, 1, 15, 5)
RECIPES = {form: Recipe(UNTUNED.growth, 8, form) for form in ("latent", "cumulative", "multiclass")}
FOUND = Found(RECIPES["latent"], RECIPES, 0.5, pd.DataFrame(), {})


def world(snapshots=9, directions=()):
    features, labels, spec = panel(classes=4, snapshots=snapshots, customers=200)
    X = features[list(spec.names)].to_numpy()
    return Table(X, labels["label"].to_numpy(), spec.names, 4, directions), labels


def test_the_form_with_the_lowest_log_loss_out_of_time_is_chosen():
    table, rows = world()
    recipe, notes = choose_form(FOUND, table, rows, 60, PARAMS, MACHINE)
    assert set(notes["log_loss"]) == set(RECIPES)
    assert notes["chosen"] == min(notes["log_loss"], key=notes["log_loss"].get) == recipe.form
    assert pd.Timestamp(notes["first_judging"]) > rows["as_of"].min()


def test_a_form_that_was_not_admitted_is_measured_and_not_chosen():
    table, rows = world(directions=(1, 0, 0, 0, 0, 0))
    admitted = Found(RECIPES["latent"], {"latent": RECIPES["latent"]}, 0.5, pd.DataFrame(), {})
    recipe, notes = choose_form(admitted, table, rows, 60, PARAMS, MACHINE)
    assert recipe.form == "latent"
    assert set(notes["log_loss"]) == set(RECIPES)
    assert notes["cannot_hold_directions"] == ["multiclass"]


def test_rows_of_too_short_a_time_leave_the_order_of_the_folds():
    table, rows = world(snapshots=3)
    recipe, notes = choose_form(FOUND, table, rows, 365, PARAMS, MACHINE)
    assert recipe is FOUND.recipe
    assert notes["by"].startswith("the folds: split:")


def test_what_judges_is_not_learnt_from():
    table, rows = world()
    _, plain = choose_form(FOUND, table, rows, 60, PARAMS, MACHINE)
    late = (rows["as_of"] >= pd.Timestamp(plain["first_judging"])).to_numpy()
    turned = Table(table.X, np.where(late, 3 - table.y, table.y), table.names, 4)
    _, other = choose_form(FOUND, turned, rows, 60, PARAMS, MACHINE)
    # a model that knew the turned rows would do as well on them as before
    assert min(other["log_loss"].values()) > min(plain["log_loss"].values()) + 0.2
