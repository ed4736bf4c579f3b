from types import SimpleNamespace

import numpy as np
import pytest

from src.models.fit import Machine, Recipe, dataset, fit_all, fit_stopped
from src.models.ordinal import ordinal
from src.models.recipes import UNTUNED
from tests.support.models.synthetic_tasks import table

MACHINE = Machine(1, 1, 20, 5)


@pytest.mark.parametrize("form", ["cumulative", "latent"])
def test_gradients_are_the_slopes_of_the_loss(form):
    rng = np.random.default_rng(0)
    labels = np.arange(4).repeat(3)
    data = SimpleNamespace(get_label=lambda: labels.astype(float))
    found = ordinal(form, labels, 4)
    scores = rng.normal(size=(12, found.outputs))

    def loss(scores):
        """The sum over rows, by the definition."""
        margins = scores + found.start
        above = 1 / (1 + np.exp(-margins)) * np.ones((12, 3))
        if form == "cumulative":  # each border is a task of its own
            happened = labels[:, None] > np.arange(3)
            return -np.log(np.where(happened, above, 1 - above)).sum()
        ends = np.hstack([np.ones((12, 1)), above, np.zeros((12, 1))])
        return -np.log(ends[np.arange(12), labels] - ends[np.arange(12), labels + 1]).sum()

    gradient, curvature = found.gradients(scores, data)
    assert (curvature > 0).all()
    for row in range(12):
        for margin in range(found.outputs):
            step = np.zeros_like(scores)
            step[row, margin] = 1e-5
            slope = (loss(scores + step) - loss(scores - step)) / 2e-5
            assert gradient.reshape(scores.shape)[row, margin] == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize("form", ["cumulative", "latent"])
def test_without_a_tree_the_chances_are_the_class_shares(form):
    labels = np.repeat([0, 1, 2, 3], [50, 30, 15, 5])
    found = ordinal(form, labels, 4)
    p = found.link.probabilities(np.zeros((1, found.outputs)) + found.offset)
    assert p[0] == pytest.approx([0.5, 0.3, 0.15, 0.05], abs=0.02)


@pytest.mark.parametrize("form", ["cumulative", "latent"])
def test_the_text_of_the_model_alone_gives_margins_and_contributions(form):
    rows = table(classes=4)
    recipe, data = Recipe(UNTUNED.growth, None, form), dataset(rows, MACHINE)
    grown = fit_stopped(rows, data, data, recipe, MACHINE)
    model = fit_all(rows, recipe, MACHINE, 20)
    assert np.allclose(model.margins(rows.X), grown.margins(rows.X, 20), atol=1e-9)
    gaps = model.contributions(rows.X).sum(axis=2) - model.margins(rows.X)
    assert np.abs(gaps).max() < 1e-9
    assert model.text == fit_all(rows, recipe, MACHINE, 20).text


@pytest.mark.parametrize("form", ["cumulative", "latent"])
def test_a_class_without_a_training_row_can_be_learnt_around(form):
    rows = table(classes=4)
    some = rows.take(np.flatnonzero(rows.y != 2))
    margins = fit_all(some, Recipe(UNTUNED.growth, None, form), MACHINE, 5).margins(rows.X)
    assert np.isfinite(margins).all()


def test_without_a_split_the_model_is_of_the_shares():
    rows = table(classes=3)
    recipe = Recipe({"min_data_in_leaf": 10_000}, None, "cumulative")
    model = fit_all(rows, recipe, MACHINE, 3)
    expected = ordinal("cumulative", rows.y, 3).start
    assert model.margins(rows.X[:1])[0] == pytest.approx(expected, abs=1e-6)
