import pytest

from src.sources.linkage.resolve import resolve
from src.sources.linkage.train import train
from tests.support.linkage.loading import load_population
from tests.support.linkage.score import score


@pytest.mark.slow
def test_a_model_trained_on_one_population_resolves_another(connection, model):
    load_population(connection, 1500, 21)
    trained = train(connection, model, "made-up people", 1)
    again = train(connection, model, "made-up people", 1)
    assert trained == again
    load_population(connection, 1500, 22)
    resolve(connection, trained)
    found = score(connection)
    assert found.precision >= 0.995
    assert found.recall >= 0.97
    assert trained.blocking == model.blocking
    assert trained.threshold == model.threshold
    account = next(c for c in trained.comparisons if c.name == "account")
    assert account.levels[1].u == pytest.approx(account.least_u, rel=0.5)
