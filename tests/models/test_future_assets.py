from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from src.core.errors import ModelError
from src.features.feature import Feature
from src.features.spec import FeatureSpec
from src.models.bundle import load_bundle, save_bundle
from src.models.fit import Machine
from src.models.fit_future_assets import fit_future_assets
from src.models.future_assets import TODAY, FutureAssets
from src.models.train import TaskRows, train_task
from tests.support.models.synthetic_tasks import PARAMS, panel, policy_of, spec_of

MACHINE = Machine(1, 1, 60, 10)
HELD = Feature.model_validate(
    {
        "definition": {"kind": "holding", "how": "value"},
        "group": "wealth",
        "unit": "money",
        "wording": {"zh": "资产", "en": "Assets"},
    }
)
SPEC = FeatureSpec([HELD, *spec_of(3).features])


def customers(rows=4000, seed=0):
    """Assets grow by what the second feature says, and by chance twice as wild for some."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 4))
    X[:, 0] = rng.lognormal(11, 1.5, rows) - 3e4 * (rng.random(rows) < 0.05)
    wild = np.where(X[:, 2] > 0, 0.4, 0.1)
    amounts = X[:, 0] * np.exp(0.3 * X[:, 1] + wild * rng.normal(size=rows))
    return X, amounts


@pytest.fixture(scope="module")
def fitted():
    X, amounts = customers()
    return fit_future_assets(X, amounts, SPEC, np.arange(4000) % 3, 0.9, MACHINE)[0]


def frame(X):
    return pd.DataFrame(X, columns=list(SPEC.names))


def test_the_interval_holds_what_it_states_on_customers_never_seen(fitted):
    X, amounts = customers(seed=1)
    expected, low, high = fitted.amounts(frame(X)).T
    assert ((low <= amounts) & (amounts <= high)).mean() == pytest.approx(0.9, abs=0.02)
    assert (low <= expected).all()
    assert (expected <= high).all()
    # wider where the growth is wilder
    wide = np.log(high[X[:, 0] > 1e4] / low[X[:, 0] > 1e4])
    wild = X[X[:, 0] > 1e4, 2] > 0
    assert np.median(wide[wild]) > 1.5 * np.median(wide[~wild])


def test_the_interval_holds_what_it_states_for_the_poor_and_the_rich(fitted):
    X, amounts = customers(rows=12_000, seed=5)
    _, low, high = fitted.amounts(frame(X)).T
    held = (low <= amounts) & (amounts <= high)
    fifths = np.searchsorted(np.quantile(X[:, 0], (0.2, 0.4, 0.6, 0.8)), X[:, 0])
    for fifth in range(5):
        assert held[fifths == fifth].mean() == pytest.approx(0.9, abs=0.035)


def test_the_expected_amount_is_unbiased_and_nearer_than_what_is_held_today(fitted):
    X, amounts = customers(seed=2)
    expected = fitted.amounts(frame(X))[:, 0]
    assert expected.sum() / amounts.sum() == pytest.approx(1.0, abs=0.05)
    assert np.abs(expected - amounts).mean() < 0.9 * np.abs(X[:, 0] - amounts).mean()


def test_a_row_alone_and_one_read_back_get_the_same_amounts(fitted, tmp_path):
    X = frame(customers(rows=30, seed=3)[0])
    X.loc[0, TODAY] = np.nan
    fitted.to_files(tmp_path)
    again = FutureAssets.from_files(tmp_path)
    alone = np.vstack([again.amounts(X.iloc[[row]]) for row in range(30)])
    assert np.allclose(alone, fitted.amounts(X), rtol=1e-12)
    assert np.isfinite(alone).all()
    assert fitted.amounts(X.iloc[:0]).shape == (0, 3)


def test_damaged_files_are_refused_and_none_means_no_model(fitted, tmp_path):
    assert FutureAssets.from_files(tmp_path) is None
    fitted.to_files(tmp_path)
    (tmp_path / "assets_low.txt").unlink()
    with pytest.raises(ModelError, match=r"assets_low\.txt: no such file"):
        FutureAssets.from_files(tmp_path)


def test_every_candidate_of_the_value_tier_expects_amounts_and_keeps_them(tmp_path):
    features, labels, spec = panel(classes=3)
    held = np.exp(8 + features[spec.names[2]].fillna(0.0))
    features = features.assign(**{TODAY: held})
    amounts = features[["customer_id", "as_of"]].assign(asset_minor=(held * 110).astype("int64"))
    rows = TaskRows(features, labels, FeatureSpec([*spec.features, HELD]), amounts=amounts)
    policy = replace(policy_of(3), costs=((0.0, 1.0, 2.0), (1.0, 0.0, 1.0), (2.0, 1.0, 0.0)))
    trained = train_task(rows, policy, PARAMS, 3, tmp_path / "study.db")
    assert len(trained.amounts) == len(trained.test)
    assert trained.amounts["expected"].corr(trained.amounts["actual"]) > 0.9
    for name, bundle in trained.candidates.items():
        save_bundle(bundle, tmp_path / name)
        again = load_bundle(tmp_path / name)
        assert again.version == bundle.version
        assert again.costs == bundle.costs
        assert TODAY in again.needed
        rows = features.iloc[:5]
        assert np.array_equal(again.assets.amounts(rows), bundle.assets.amounts(rows))
    without = replace(trained.candidates["lightgbm"], assets=None)
    assert without.version != trained.candidates["lightgbm"].version
