"""A program's instructions, and what they work on: the rows and columns of each scope."""

from typing import NamedTuple

import numba
import numpy as np
from numba.typed import List

from src.features.memory.machine.columns import Cells, Places
from src.features.memory.machine.compiling import compiled

# The fields of a scope's row in Code.scopes: how its rows come about (opening.OPENINGS), of which
# parents, and by which lists (the first's number); how many columns it has, from where to where its
# readings go, and the list of its steps.
(OPENING, LEFT, RIGHT, THIRD, HOW, LISTS, SIZE, READ, READ_END, STEPS) = range(10)


class Code(NamedTuple):
    """Instructions as whole numbers; scopes and lists are called by their number.

    scopes: a row each, by the fields above. readings: rows of (one of reading.READINGS, list,
    list). A list is the part of `numbers` between two of `bounds`. orders, sets: as `carry_out`
    takes them.
    """

    scopes: Cells
    readings: Cells
    numbers: Places
    bounds: Places
    orders: Cells
    sets: Cells


class Block(NamedTuple):
    """A scope's columns in one run. left, right: of each row, the number of the parents' row that
    it is made of (-1: none). Of groups: the parent's rows in their order, and where in it each
    group begins, and the end."""

    cells: Cells
    left: Places
    right: Places


_PLACES = numba.int64[::1]
_BLOCK = numba.types.NamedTuple([numba.int64[:, ::1], _PLACES, _PLACES], Block)  # type: ignore[no-untyped-call]


@compiled
def no_blocks() -> list[Block]:
    """An empty list of blocks, as the machine keeps them."""
    return List.empty_list(_BLOCK)


@compiled
def nothing() -> Places:
    """Rows of no parent."""
    return np.empty(0, np.int64)


@compiled
def listed(code: Code, number: int) -> Places:
    """One of the lists."""
    return code.numbers[code.bounds[number] : code.bounds[number + 1]]
