"""Where rows come from: a table, a choice of rows, two tables side by side, groups, a union."""
# ruff: noqa: D102, ARG001, ARG002 - what the methods are says Source, and Reading, for all

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from src.features.memory.machine.columns import Cells, Places
from src.features.memory.machine.joining import HOW, by_time, joined, kept_pairs, latest
from src.features.memory.machine.machine import copied, flagged, gathered
from src.features.memory.nodes import WIDTH, Node, Value
from src.features.memory.scope import Block, Reading, Rows, Scope
from src.features.memory.tables import Given


def places(nodes: Iterable[Node]) -> Places:
    """The columns of nodes, both of a wide one."""
    return np.array([n.place + half for n in nodes for half in range(WIDTH[n.kind])], np.int64)


def by_port(inputs: Sequence[Node]) -> Mapping[str, list[Node]]:
    """Input nodes by the port that they read."""
    found: dict[str, list[Node]] = defaultdict(list)
    for node in inputs:
        found[node.extra[0]].append(node)
    return found


def origins(nodes: Sequence[Node], number: int = 0) -> list[Node]:
    """The nodes of a parent that input nodes read."""
    return [node.extra[1][number] for node in nodes]


def gathering(parent: int, nodes: Sequence[Node]) -> Reading:
    """Reads a parent's columns in the rows `at` it."""
    source, into = places(origins(nodes)), places(nodes)

    def read(rows: Rows, blocks: Sequence[Block], given: Given, cells: Cells) -> None:
        gathered(blocks[parent].cells, source, rows.at[parent], cells, into)

    return read


class SomeRows:
    """Rows of one parent."""

    def __init__(self, *parents: Scope) -> None:
        self.parents = parents

    def controls(self) -> Iterable[Node]:
        return ()

    def arrange(self) -> None:
        pass

    def readings(self, inputs: Sequence[Node]) -> Sequence[Reading]:
        return [gathering(0, inputs)] if inputs else []


class TableRows(SomeRows):
    """The rows of a table of the ledger, or of the spine. Ports: data of a column, and there."""

    def __init__(self, table: str) -> None:
        super().__init__()
        self.table = table

    def readings(self, inputs: Sequence[Node]) -> Sequence[Reading]:
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for node in inputs:
            what, column = node.extra[0].split(" ")
            found[column][what] = node.place
        wanted = [(column, at.get("data"), at.get("there")) for column, at in found.items()]

        def read(rows: Rows, blocks: Sequence[Block], given: Given, cells: Cells) -> None:
            for column, into, where in wanted:
                data, there = given.read(self.table, column)
                if into is not None:
                    cells[into] = data.view(np.int64)
                if where is not None:
                    cells[where] = 1 if there is None else there

        return [read]

    def open(self, blocks: Sequence[Block], given: Given) -> Rows:
        return Rows(given.length(self.table))


class KeptRows(SomeRows):
    """The rows where a condition holds."""

    def __init__(self, parent: Scope, condition: Node) -> None:
        super().__init__(parent)
        self._condition = condition

    def controls(self) -> Iterable[Node]:
        return (self._condition,)

    def open(self, blocks: Sequence[Block], given: Given) -> Rows:
        rows = blocks[0].column(self._condition).nonzero()[0]
        return Rows(len(rows), (rows,))


class RepeatedRows(SomeRows):
    """Each row once for each of some numbers. Ports: kept, and item for the number."""

    def __init__(self, parent: Scope, items: Sequence[int]) -> None:
        super().__init__(parent)
        self._items = np.array(items, dtype=np.int64)

    def readings(self, inputs: Sequence[Node]) -> Sequence[Reading]:
        ports = by_port(inputs)
        items = [node.place for node in ports["item"]]

        def read(rows: Rows, blocks: Sequence[Block], given: Given, cells: Cells) -> None:
            for place in items:
                cells[place] = np.tile(self._items, rows.n // len(self._items))

        return [gathering(0, ports["kept"]), read]

    def open(self, blocks: Sequence[Block], given: Given) -> Rows:
        at = np.arange(blocks[0].rows.n).repeat(len(self._items))
        return Rows(len(at), (at,))


class UnitedRows(SomeRows):
    """The rows of one parent and then those of the other."""

    def readings(self, inputs: Sequence[Node]) -> Sequence[Reading]:
        left, right, into = places(origins(inputs)), places(origins(inputs, 1)), places(inputs)

        def read(rows: Rows, blocks: Sequence[Block], given: Given, cells: Cells) -> None:
            copied(blocks[0].cells, left, cells, into, 0)
            copied(blocks[1].cells, right, cells, into, blocks[0].rows.n)

        return [read]

    def open(self, blocks: Sequence[Block], given: Given) -> Rows:
        return Rows(blocks[0].rows.n + blocks[1].rows.n)


class SideBySide(SomeRows):
    """Pairs of rows. Ports: left, right, and matched: whether there is a right one."""

    def readings(self, inputs: Sequence[Node]) -> Sequence[Reading]:
        ports = by_port(inputs)
        matched = [node.place for node in ports["matched"]]

        def read(rows: Rows, blocks: Sequence[Block], given: Given, cells: Cells) -> None:
            for place in matched:
                flagged(rows.at[1], cells, place)

        sides = [gathering(side, ports[name]) for side, name in enumerate(("left", "right"))]
        return [*sides, read] if matched else sides


class JoinedRows(SideBySide):
    """Pairs of rows with equal keys.

    how: inner, left, semi or anti. within: the candidate pairs of the same tables, as a scope, and
    the condition that a pair has to meet besides.
    """

    def __init__(
        self,
        left: Scope,
        right: Scope,
        how: str,
        keys: Sequence[tuple[Value, Value]],
        within: tuple[Scope, Node] | None = None,
    ) -> None:
        super().__init__(left, right, *(within[:1] if within else ()))
        self._how, self._keys = HOW.index(how), keys
        self._condition = within[1] if within else None
        self._sides: list[tuple[Places, Places]] = []

    def controls(self) -> Iterable[Node]:
        if self._condition is not None:
            return (self._condition,)
        return [node for pair in self._keys for v in pair for node in (v.data, v.valid)]

    def arrange(self) -> None:
        self._sides = [known([pair[side] for pair in self._keys]) for side in (0, 1)]

    def open(self, blocks: Sequence[Block], given: Given) -> Rows:
        if self._condition is not None:
            left, right = blocks[2].rows.at
            holds = blocks[2].column(self._condition)
            at = kept_pairs(self._how, blocks[0].rows.n, left, right, holds)
        else:
            here, there = self._sides
            at = joined(self._how, blocks[0].cells, *here, blocks[1].cells, *there)
        return Rows(len(at[0]), at)


class LatestRows(SideBySide):
    """Each left row beside the right one of its key with the latest time before its instant."""

    def __init__(
        self, left: Scope, right: Scope, key: tuple[Value, Value], times: tuple[Value, Value],
        *, inclusive: bool,
    ) -> None:  # fmt: skip
        super().__init__(left, right)
        self._key, self._times, self._inclusive = key, times, inclusive
        self._there: list[Places] = []

    def controls(self) -> Iterable[Node]:
        return [node for v in (*self._key, *self._times) for node in (v.data, v.valid)]

    def arrange(self) -> None:
        self._there = [known([self._key[side], self._times[side]])[1] for side in (0, 1)]

    def open(self, blocks: Sequence[Block], given: Given) -> Rows:
        left, right = blocks[0], blocks[1]
        (key, other), (instant, time) = (
            [value.data.place for value in pair] for pair in (self._key, self._times)
        )
        rows = right.held.get(self)
        if rows is None:  # made once for rows that stay from run to run
            rows = right.held[self] = by_time(right.cells, other, time, self._there[1])
        found = latest(
            left.cells, key, instant, self._there[0], right.cells, other, time, rows,
            self._inclusive,
        )  # fmt: skip
        return Rows(len(found), (np.arange(len(found)), found))


def known(values: Sequence[Value]) -> tuple[Places, Places]:
    """Where the data of values stands, and what says that they are there, if it can fail."""
    doubtful = [value.valid for value in values if value.valid.op != "constant"]
    return places(value.data for value in values), places(doubtful)
