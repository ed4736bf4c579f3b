"""The columns of a scope that are read from its parents' rows."""

from src.features.memory.machine.code import LEFT, RIGHT, Block, Code, listed
from src.features.memory.machine.columns import Cells, Places
from src.features.memory.machine.compiling import compiled
from src.features.memory.machine.reducing import reduced
from src.features.memory.machine.texts import Texts

READINGS = ("left", "right", "matched", "united", "items", "key", "aggregates")
OF_LEFT, OF_RIGHT, MATCHED, UNITED, ITEMS, KEY, AGGREGATES = range(7)


@compiled
def read(
    code: Code, reading: Places, scope: Places, blocks: list[Block], block: Block, texts: Texts
) -> bool:
    """Carry out one of READINGS into the columns of `block`: (which one, list, list).

    left, right: the first list's columns of that parent, in the rows made of it. united: those of
    both parents, the second's in the third list. key: of each group's first row. matched: whether
    there is a right row. items: the first list again and again. aggregates: the first list is the
    code that `reduced` takes. False if a result does not fit.
    """
    what, source, into = reading[0], listed(code, reading[1]), listed(code, reading[2])
    if what == OF_LEFT:
        gathered(blocks[scope[LEFT]].cells, source, block.left, block.cells, into)
    elif what == OF_RIGHT:
        gathered(blocks[scope[RIGHT]].cells, source, block.right, block.cells, into)
    elif what == UNITED:
        left, half = blocks[scope[LEFT]].cells, len(into)
        copied(left, source[:half], block.cells, into, 0)
        copied(blocks[scope[RIGHT]].cells, source[half:], block.cells, into, left.shape[1])
    elif what == MATCHED:
        flagged(block.right, block.cells, into[0])
    elif what == ITEMS:
        for j in range(block.cells.shape[1]):
            block.cells[into[0], j] = source[j % len(source)]
    elif what == KEY:
        if len(block.left):
            first = block.left[block.right[:-1]]
            gathered(blocks[scope[LEFT]].cells, source, first, block.cells, into)
    else:
        cells = blocks[scope[LEFT]].cells
        return reduced(source.reshape(-1, 5), cells, block.left, block.right, block.cells, texts)
    return True


@compiled
def copied(source: Cells, places: Places, cells: Cells, into: Places, begin: int) -> None:
    """Columns of the source, from row `begin` on."""
    n = source.shape[1]
    for k in range(len(places)):
        for j in range(n):
            cells[into[k], begin + j] = source[places[k], j]


@compiled
def gathered(source: Cells, places: Places, rows: Places, cells: Cells, into: Places) -> None:
    """The rows of the source's columns; 0 for one of number -1."""
    for k in range(len(places)):
        for j in range(len(rows)):
            cells[into[k], j] = source[places[k], rows[j]] if rows[j] >= 0 else 0


@compiled
def flagged(rows: Places, cells: Cells, into: int) -> None:
    """Whether there is a row: none has number -1."""
    for j in range(len(rows)):
        cells[into, j] = rows[j] >= 0
