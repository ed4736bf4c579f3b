"""The parts of each customer's change of class add up to it, exactly, and go where they belong."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.core.errors import ModelError
from src.models.calibration import Scaling
from src.models.changes import PARTS, SIXTHS, State, changes, shapley_sixths
from src.models.ordered_calibration import CutPoints
from tests.models.test_bundle import bundle_of
from tests.support.models.synthetic_tasks import table


def rows(seed: int, customers: range) -> pd.DataFrame:
    made = table(rows=len(customers), classes=4, seed=seed)
    frame = pd.DataFrame(made.X, columns=list(made.names))
    return frame.assign(customer_id=[f"C{c:03d}" for c in customers])


def shifted(bundle, offset: float):
    k = len(bundle.classes)
    moved = Scaling((0.9,) * k, (offset, *(0.0,) * (k - 2), -offset))
    return dataclasses.replace(bundle, calibration=moved)


def test_the_parts_add_up_for_each_customer_and_in_sum():
    old = State(bundle_of("lightgbm", 4), rows(1, range(300)))
    new = State(shifted(bundle_of("logistic", 4), -0.8), rows(2, range(40, 340)))
    found = changes(old, new)
    total = sum(found.sixths[part] for part in PARTS)
    assert (total == SIXTHS * (found.new - found.old)).all()
    assert found.changed.any()
    assert all((found.sixths[part] != 0).any() for part in PARTS)
    assert (len(found.customers), found.newcomers, found.leavers) == (260, 40, 40)
    told = found.totals()
    for side in ("up", "down"):
        assert sum(told[side][part] for part in PARTS) == pytest.approx(told[side]["classes"])
    assert told["up"]["customers"] + told["down"]["customers"] == told["changed"]
    assert sum(move["customers"] for move in told["moves"]) == 260
    listed = found.table()
    summed = listed[[f"from_{part}" for part in PARTS]].sum(axis=1)
    assert np.allclose(summed, listed["change"], atol=1e-12)


@pytest.mark.parametrize(
    ("part", "new"),
    [
        ("data", State(bundle_of("logistic", 4), rows(2, range(300)))),
        ("model", State(bundle_of("lightgbm", 4), rows(1, range(300)))),
        ("threshold", State(shifted(bundle_of("logistic", 4), -0.8), rows(1, range(300)))),
    ],
)
def test_where_one_part_alone_is_new_all_of_the_change_is_its_own(part, new):
    found = changes(State(bundle_of("logistic", 4), rows(1, range(300))), new)
    assert found.changed.any()
    assert (found.sixths[part] == SIXTHS * (found.new - found.old)).all()
    assert all((found.sixths[other] == 0).all() for other in PARTS if other != part)


def test_dearer_mistakes_are_a_new_threshold():
    own = bundle_of("logistic", 4)
    dear = tuple(tuple(9.0 * max(i - j, 0) + (i != j) for j in range(4)) for i in range(4))
    now = dataclasses.replace(own, costs=dear)
    found = changes(State(own, rows(1, range(300))), State(now, rows(1, range(300))))
    assert (found.new > found.old).any()
    assert (found.sixths["threshold"] == SIXTHS * (found.new - found.old)).all()


def test_a_calibration_goes_with_its_model_where_the_margins_mean_something_else():
    old = bundle_of("logistic", 4)
    one_score = bundle_of("lightgbm", 2).predictor
    cuts = CutPoints(1.0, (-1.0, 0.0, 1.0))
    new = dataclasses.replace(old, predictor=one_score, calibration=cuts)
    found = changes(State(old, rows(1, range(300))), State(new, rows(1, range(300))))
    assert old.form != new.form
    assert found.changed.any()
    assert (found.sixths["model"] == SIXTHS * (found.new - found.old)).all()


@given(st.lists(st.integers(0, 5), min_size=8, max_size=8))
def test_the_shares_add_up_whatever_the_corners_are(corners):
    def value(corner):
        return np.array([corners[4 * corner[0] + 2 * corner[1] + corner[2]]])

    shares = shapley_sixths(value)
    assert sum(int(share[0]) for share in shares) == SIXTHS * (corners[7] - corners[0])


def test_models_of_other_classes_are_not_compared():
    own = bundle_of("rule", 4)
    other = dataclasses.replace(
        own, classes=("a", "b", "c", "e"), wordings={**own.wordings, "e": own.wordings["d"]}
    )
    frame = rows(1, range(10))
    with pytest.raises(ModelError, match="expected the same ones"):
        changes(State(bundle_of("rule", 4), frame), State(other, frame))
