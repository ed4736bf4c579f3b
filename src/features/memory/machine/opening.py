"""The rows of a scope: of which rows of its parents each is made."""

import numpy as np

from src.features.memory.machine.code import (
    HOW,
    LEFT,
    LISTS,
    OPENING,
    RIGHT,
    THIRD,
    Block,
    Code,
    listed,
    nothing,
)  # fmt: skip
from src.features.memory.machine.columns import Places
from src.features.memory.machine.compiling import compiled
from src.features.memory.machine.joining import by_time, joined, kept_pairs, latest
from src.features.memory.machine.sorting import grouped

OPENINGS = ("kept", "repeated", "united", "joined", "paired", "timed", "latest", "grouped", "table")
KEPT, REPEATED, UNITED, JOINED, PAIRED, TIMED, LATEST, GROUPED, TABLE = range(9)


@compiled
def opened(code: Code, scope: Places, blocks: list[Block]) -> tuple[int, Places, Places]:
    """How many rows a scope has that is no table's, and of which rows of its parents each is made:
    as Block says.

    The lists that each kind takes are those that memory/sources.py writes.
    """
    kind, left, lists = scope[OPENING], blocks[scope[LEFT]], scope[LISTS]
    first = listed(code, lists)
    if kind == KEPT:
        rows = np.nonzero(left.cells[first[0]])[0]
        return len(rows), rows, nothing()
    if kind == REPEATED:
        rows = _repeated(left.cells.shape[1], len(first))
        return len(rows), rows, nothing()
    if kind == GROUPED:
        rows, bounds = grouped(left.cells, first)
        return len(bounds) - 1, rows, bounds
    if kind == TIMED:
        rows = by_time(left.cells, first[0], first[1], listed(code, lists + 1))
        return len(rows), rows, nothing()
    right = blocks[scope[RIGHT]]
    if kind == UNITED:
        return left.cells.shape[1] + right.cells.shape[1], nothing(), nothing()
    if kind == LATEST:
        other, there = listed(code, lists + 1), listed(code, lists + 2)
        ordered = blocks[scope[THIRD]].left
        found = latest(
            left.cells, first[0], first[1], there,
            right.cells, other[0], other[1], ordered, scope[HOW] != 0,
        )  # fmt: skip
        return len(found), np.arange(len(found)), found
    if kind == PAIRED:
        pairs = blocks[scope[THIRD]]
        holds, n = pairs.cells[first[0]], left.cells.shape[1]
        rows, others = kept_pairs(scope[HOW], n, pairs.left, pairs.right, holds)
        return len(rows), rows, others
    rows, others = joined(
        scope[HOW], left.cells, first, listed(code, lists + 1),
        right.cells, listed(code, lists + 2), listed(code, lists + 3),
    )  # fmt: skip
    return len(rows), rows, others


@compiled
def _repeated(n: int, times: int) -> Places:
    rows = np.empty(n * times, np.int64)
    for place in range(len(rows)):
        rows[place] = place // times
    return rows
