"""Figures of periods from a matrix, with numbers whose squares no 64 bits hold."""

import math

import pyarrow as pa
import pytest

from src.features.definitions.events import Periodic
from src.features.period_kernels import period_figures


def figure(values, how, periods=6):
    """One figure of one row, period by period from the newest."""
    d = Periodic(measure="net", how=how, periods=periods)
    columns = {"row": [7] * len(values), "period": range(len(values)), "v0": values}
    return period_figures(pa.table(columns), {"x": (d, "v0")})["x"][0].as_py()


@pytest.mark.parametrize("size", [1, 10**6, 10**12, 10**15])
def test_a_deviation_is_exact_up_to_its_one_rounding(size):
    values = [size, 2 * size + 1, 0, -size, 5, 3 * size]
    spread = 6 * sum(v * v for v in values) - sum(values) ** 2
    assert figure(values, "std") == pytest.approx(math.sqrt(spread) / 600, rel=1e-15)


def test_equal_periods_do_not_deviate_however_large_they_are():
    assert figure([10**15 + 1] * 6, "std") == 0.0


def test_periods_beyond_the_definition_do_not_count():
    assert figure([0, 0, 0, 0, 0, 0, 9], "active") == 0.0
    assert figure([1, 0, 2, 0, 0, 0, 9], "active") == 2.0


def test_no_movement_has_no_peak():
    assert figure([0] * 6, "peak") is None
    assert figure([100, -300, 0, 0, 0, 0], "peak") == 0.75
