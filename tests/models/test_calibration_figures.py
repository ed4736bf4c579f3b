import numpy as np
import pandas as pd
import pytest

from src.core.params import EvaluateParams
from src.models.calibration_figures import calibration_by_class
from src.models.metrics import calibration_error

PARAMS = EvaluateParams(bootstrap=400, confidence=0.95)


def world(customers: int, repeats: int, shift: float, seed: int):
    """Each customer tells one story in several rows; probabilities miss the truth by `shift`."""
    rng = np.random.default_rng(seed)
    true = np.repeat(rng.uniform(0.2, 0.8, customers), repeats)
    happened = np.repeat(rng.random(customers), repeats) < true
    said = true + shift
    names = pd.Series(np.repeat([f"C{n}" for n in range(customers)], repeats))
    return names, happened.astype(np.int64), np.column_stack([1 - said, said])


def judged(*args):
    names, labels, p = world(*args)
    (found,) = calibration_by_class(names, ("stays", "churns"), labels, p, PARAMS, 1)
    assert found["error"] == pytest.approx(calibration_error(labels, p))
    return found


def test_right_probabilities_are_seldom_beyond_what_chance_makes_of_them():
    found = [judged(300, 4, 0.0, seed) for seed in range(40)]
    assert sum(one["surely"] for one in found) <= 6
    means = {name: np.mean([one[name] for one in found]) for name in ("error", "if_calibrated")}
    assert means["error"] == pytest.approx(means["if_calibrated"], rel=0.15)
    # four rows of one customer say no more than one: as if rows were customers, half the noise
    assert means["if_calibrated"] > 0.03
    assert np.mean([one["debiased"] for one in found]) < 0.6 * means["error"]


def test_wrong_probabilities_are_found_and_their_error_is_not_taken_off():
    found = judged(3000, 3, 0.1, 0)
    assert found["surely"]
    assert found["debiased"] == pytest.approx(0.1, abs=0.02)
    assert found["if_calibrated"] < 0.03
