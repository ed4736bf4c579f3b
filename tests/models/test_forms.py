import numpy as np
import pytest

from src.models.calibration import identity
from src.models.forms import form_of, margin_names, outputs_of, spokesman
from src.models.ordered_calibration import Cumulative, CutPoints

CLASSES = ("a", "b", "c", "d")


def test_a_calibration_tells_the_form_of_its_margins():
    assert form_of(identity(1)) == "binary"
    assert form_of(identity(3)) == "multiclass"
    assert form_of(Cumulative((1.0, 1.0), (0.0, 0.0))) == "cumulative"
    assert form_of(CutPoints(1.0, (0.0, 1.0))) == "latent"


@pytest.mark.parametrize(
    ("form", "names"),
    [("multiclass", CLASSES), ("cumulative", ("b", "c", "d")), ("latent", ("d",))],
)
def test_each_margin_is_named_after_the_class_that_it_speaks_of(form, names):
    assert margin_names(form, CLASSES) == names
    assert outputs_of(form, 4) == len(names)


def test_the_lowest_class_speaks_by_falling_and_the_highest_by_rising_margins():
    predicted = np.array([0, 3])
    for above in (-1.0, 1.0):
        margin, sign = spokesman("cumulative", predicted, 4, np.full((2, 3), above))
        assert margin.tolist() == [0, 2]
        assert sign.tolist() == [-1, 1]


def test_a_class_between_speaks_by_the_border_on_the_usual_rows_side():
    predicted, above = np.array([1, 1]), np.array([[1.0] * 3, [-1.0] * 3])
    margin, sign = spokesman("cumulative", predicted, 4, above)
    # why at least b, where the usual row lies lower; why no higher than b, where it lies higher
    assert margin.tolist() == [0, 1]
    assert sign.tolist() == [1, -1]
    margin, sign = spokesman("latent", predicted, 4, above[:, :1])
    assert margin.tolist() == [0, 0]
    assert sign.tolist() == [1, -1]


def test_of_two_classes_the_one_margin_speaks_for_the_later():
    margin, sign = spokesman("binary", np.array([0, 1]), 2, np.zeros((2, 1)))
    assert margin.tolist() == [0, 0]
    assert sign.tolist() == [-1, 1]
