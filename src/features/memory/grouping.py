"""Rows that come from groups of others."""
# ruff: noqa: D102, ARG001, ARG002 - what the methods are says Source, and Reading, for all

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from src.features.memory.faults import OutOfBounds
from src.features.memory.machine.columns import Cells
from src.features.memory.machine.machine import gathered
from src.features.memory.machine.reducing import NAMES, reduced
from src.features.memory.machine.sorting import grouped
from src.features.memory.nodes import Node
from src.features.memory.scope import Block, Reading, Rows, Scope
from src.features.memory.sources import SomeRows, by_port, origins, places
from src.features.memory.tables import Given

_BY_KIND = ("sum", "least", "greatest")


class GroupedRows(SomeRows):
    """One row for each combination of keys. Ports: key, and the aggregates of each group."""

    def __init__(self, parent: Scope, keys: Sequence[Node]) -> None:
        super().__init__(parent)
        self._keys = keys
        self._places = places(())

    def controls(self) -> Iterable[Node]:
        return self._keys

    def arrange(self) -> None:
        self._places = places(self._keys)

    def open(self, blocks: Sequence[Block], given: Given) -> Rows:
        rows, bounds = grouped(blocks[0].cells, self._places)
        return Rows(len(bounds) - 1, (rows,), bounds)

    def readings(self, inputs: Sequence[Node]) -> Sequence[Reading]:
        ports = dict(by_port(inputs))
        keys, texts = ports.pop("key", []), ports.pop("greatest_text", [])
        parts = [_keys(keys)] if keys else []
        if numbers := [node for nodes in ports.values() for node in nodes]:
            parts.append(_aggregates(numbers))
        return parts + [_greatest_text(node) for node in texts]


def _keys(nodes: Sequence[Node]) -> Reading:
    """Of the first row of each group."""
    source, into = places(origins(nodes)), places(nodes)

    def read(rows: Rows, blocks: Sequence[Block], given: Given, cells: Cells) -> None:
        if len(rows.at[0]):
            first = rows.at[0][rows.bounds[:-1]]
            gathered(blocks[0].cells, source, first, cells, into)

    return read


def _aggregates(nodes: Sequence[Node]) -> Reading:
    code = np.array([_instruction(node) for node in nodes], np.int64)

    def read(rows: Rows, blocks: Sequence[Block], given: Given, cells: Cells) -> None:
        if not reduced(code, blocks[0].cells, rows.at[0], rows.bounds, cells):
            raise OutOfBounds

    return read


def _instruction(node: Node) -> tuple[int, ...]:
    port, read = node.extra
    kind = read[0].kind if read else "i"
    name = f"{port}_{kind}" if port in _BY_KIND else port
    if port == "arg_greatest" and kind == "w":
        name += "_w"
    return (NAMES.index(name), node.place, *([each.place for each in read] + [0, 0, 0])[:3])


def _greatest_text(node: Node) -> Reading:
    """The code of the greatest text of each group, by its characters."""
    text, there = node.extra[1]

    def read(rows: Rows, blocks: Sequence[Block], given: Given, cells: Cells) -> None:
        texts, parent = given.vocabulary.texts(), blocks[0]
        codes, known = (parent.column(each)[rows.at[0]].tolist() for each in (text, there))
        for group, (begin, end) in enumerate(pairwise(rows.bounds.tolist())):
            found = {code for code, is_there in zip(codes[begin:end], known[begin:end], strict=True)
                     if is_there}  # fmt: skip
            cells[node.place, group] = max(found, key=texts.__getitem__, default=0)

    return read
