"""Window functions along an order, against what is read off the groups one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.features.memory.machine.along import NAMES, compute, order

ROWS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(-5, 5), st.booleans()), max_size=12
)


def along(name, rows, descending=False, step=0):
    """The function of the third column, by the first one's groups in the order of the second."""
    cells = np.zeros((9, len(rows)), np.int64)
    cells[:4] = np.array(rows, np.int64).reshape(-1, 4).T
    order(cells, np.array([0, 1]), np.array([0, int(descending)]), 1, 4)
    wide = name.startswith("sum")
    if wide:
        cells[3] = cells[2] >> 63
    column = 3 if name.startswith("any") else 2
    assert compute(NAMES.index(name), cells, 4, column, 3 if "greatest" in name else step, 7)
    return cells[7].tolist()


def groups(rows, descending=False):
    """The numbers of each group's rows, in order."""
    for key in {row[0] for row in rows}:
        of = [number for number, row in enumerate(rows) if row[0] == key]
        yield sorted(of, key=lambda n: -rows[n][1] if descending else rows[n][1])


def frames(name, group, place):
    return {
        "before": group[:place],
        "until": group[: place + 1],
        "within": group,
        "onwards": group[place:],
    }[name]


@pytest.mark.parametrize("name", [name for name in NAMES if name.split("_")[0] in ("sum", "any")])
@given(rows=ROWS)
def test_sums_and_truths_are_those_of_the_frame(name, rows):
    what, frame = name.split("_")
    found = along(name, rows)
    for group in groups(rows):
        for place, number in enumerate(group):
            seen = frames(frame, group, place)
            expected = (
                sum(rows[n][2] for n in seen) if what == "sum" else any(rows[n][3] for n in seen)
            )
            assert found[number] == expected


@pytest.mark.parametrize("name", ["greatest_before", "greatest_within"])
@given(rows=ROWS)
def test_the_greatest_is_of_those_that_are_there(name, rows):
    found = along(name, rows)
    for group in groups(rows):
        for place, number in enumerate(group):
            seen = frames(name.split("_")[1], group, place)
            assert found[number] == max((rows[n][2] for n in seen if rows[n][3]), default=0)


@pytest.mark.parametrize("step", [1, -1])
@given(rows=ROWS, descending=st.booleans())
def test_neighbours_and_numbers_follow_the_order_and_stay_in_the_group(step, rows, descending):
    beside = along("beside", rows, descending, step)
    numbers = along("row_number", rows, descending)
    for group in groups(rows, descending):
        for place, number in enumerate(group):
            inside = 0 <= place + step < len(group)
            assert numbers[number] == place
            assert beside[number] == (rows[group[place + step]][2] if inside else 0)
