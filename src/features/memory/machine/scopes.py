"""Carries out a program, scope after scope: its rows, what it reads of its parents, its steps."""

import numpy as np

from src.features.memory.machine.code import (
    OPENING,
    READ,
    READ_END,
    SIZE,
    STEPS,
    Block,
    Code,
    listed,
    no_blocks,
    nothing,
)  # fmt: skip
from src.features.memory.machine.columns import Cells, Places
from src.features.memory.machine.compiling import compiled
from src.features.memory.machine.machine import carry_out
from src.features.memory.machine.opening import TABLE, opened
from src.features.memory.machine.reading import read
from src.features.memory.machine.texts import Texts


@compiled
def carried_through(
    code: Code, texts: Texts, tables: Places, where: Cells, held: list[Block], end: int
) -> tuple[bool, Cells, list[Block]]:
    """The cells of the program's scope before number `end`, and the blocks of all until then, of
    which `held` are the first.

    tables: the cells of all tables one after another, in which the columns that the scopes of
    tables read stand already. where: of each scope, where its table begins there, and its rows.
    The truth says whether all numbers fit: else the cells are of no use.
    """
    blocks = no_blocks()
    for block in held:
        blocks.append(block)
    for number in range(len(held), end):
        scope = code.scopes[number]
        if scope[OPENING] == TABLE:
            begin, n = where[number]
            cells = tables[begin : begin + scope[SIZE] * n].reshape(scope[SIZE], n)
            block = Block(cells, nothing(), nothing())
        else:
            n, left, right = opened(code, scope, blocks)
            block = Block(np.empty((scope[SIZE], n), np.int64), left, right)
        blocks.append(block)
        if n == 0:
            continue
        for place in range(scope[READ], scope[READ_END]):
            if not read(code, code.readings[place], scope, blocks, block, texts):
                return False, block.cells, blocks
        steps = listed(code, scope[STEPS]).reshape(-1, 6)
        if not carry_out(steps, code.orders, code.sets, texts, block.cells):
            return False, block.cells, blocks
    return True, blocks[end - 1].cells, blocks
