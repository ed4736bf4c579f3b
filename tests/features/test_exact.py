"""Sums beside Python's whole numbers, far beyond 64 bits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.features.exact import group_sums
from tests.support.example_counts import few

groups = st.lists(
    st.lists(st.tuples(st.integers(-(2**62), 2**62), st.integers(0, 2**62)), min_size=1),
    max_size=5,
)


@few(50)
@given(groups)
def test_sums_of_products_are_exact_up_to_one_rounding(groups):
    pairs = [pair for group in groups for pair in group]
    values, factors = (np.array([pair[k] for pair in pairs], dtype=np.int64) for k in (0, 1))
    begins = np.cumsum([0, *map(len, groups)])[:-1].astype(np.int64)
    wanted = [float(sum(a * b for a, b in group)) for group in groups]
    assert group_sums(values, begins, factors).tolist() == pytest.approx(wanted, rel=1e-15)
    alone = [float(sum(a for a, _ in group)) for group in groups]
    assert group_sums(values, begins).tolist() == pytest.approx(alone, rel=1e-15)
