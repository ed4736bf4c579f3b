"""The columns over one set of rows: made of other rows by a source, then computed one by one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from struct import pack, unpack
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from src.features.memory.faults import OutOfBounds
from src.features.memory.machine.columns import Cells, Places
from src.features.memory.machine.machine import INSTRUCTIONS, carry_out
from src.features.memory.nodes import WIDTH, Graph, Kind, Node
from src.features.memory.tables import Given

_NEVER = 0  # of an operand that an instruction has not
_NONE = np.empty(0, np.int64)


@dataclass(slots=True)
class Rows:
    """n rows. at: of each parent, the number of the row that each is made of (-1: none). bounds:
    where groups of the parent's rows begin and end along at[0]."""

    n: int
    at: tuple[Places, ...] = ()
    bounds: Places = field(default_factory=lambda: _NONE)


@dataclass(slots=True)
class Block:
    """The rows of a scope in one run, and their columns. held: what is computed once for rows that
    stay from run to run."""

    rows: Rows
    cells: Cells
    held: dict[Any, Any] = field(default_factory=dict)

    def column(self, node: Node) -> NDArray[np.int64]:
        """The data of one node."""
        column: NDArray[np.int64] = self.cells[node.place]
        return column


# Writes input columns of a run: its rows, the parents' blocks, the tables, and where they go.
Reading = Callable[[Rows, Sequence[Block], Given, Cells], None]


class Source(Protocol):
    """Where a scope's rows come from. An input node's `extra` is its port and its origins: the
    nodes of the parents that the port reads."""

    parents: tuple["Scope", ...]

    def controls(self) -> Iterable[Node]:
        """The nodes of the parents that decide on the rows."""

    def arrange(self) -> None:
        """Write down where the controls stand."""

    def readings(self, inputs: Sequence[Node]) -> Sequence[Reading]:
        """What reads all of a scope's input nodes."""

    def open(self, blocks: Sequence[Block], given: Given) -> Rows:
        """The rows of one run."""


class Scope:
    """Rows, what is computed over them, and how."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.graph = Graph()
        self.is_live = False
        self._size = 0
        self._readings: Sequence[Reading] = ()
        self._steps: list[Callable[[Cells, Given], None]] = []

    def read(self, kind: Kind, port: str, *origins: Node) -> Node:
        """An input node."""
        return self.graph.node("input", kind, extra=(port, origins))

    def mark(self) -> None:
        """Mark as live what live nodes need, here and in the parents."""
        self.is_live = True
        for node in reversed(self.graph.nodes):
            if not node.is_live:
                continue
            needed = node.extra[1] if node.op == "input" else node.args
            for other in needed:
                other.is_live = True
        for node in self.source.controls():
            node.is_live = True
        for parent in self.source.parents:
            parent.is_live = True

    def arrange(self) -> None:
        """Give each live node its place and write down the steps of a run."""
        live = [node for node in self.graph.nodes if node.is_live]
        for node in live:
            if node.op == "b_to_i":  # truth is 0 or 1 already
                node.place = node.args[0].place
            else:
                node.place = self._size
                self._size += WIDTH[node.kind]
        self.source.arrange()
        self._readings = self.source.readings([node for node in live if node.op == "input"])
        made = [node for node in live if node.op not in ("input", "b_to_i")]
        begin = 0
        for number, node in enumerate(made):
            if node.op == "has_part":
                self._steps += [_machine(made[begin:number]), _has_part(node)]
                begin = number + 1
        self._steps.append(_machine(made[begin:]))

    def run(self, blocks: Sequence[Block], given: Given) -> Block:
        """The columns of one run, of those of the parents. Raises OutOfBounds if one does not
        fit."""
        rows = self.source.open(blocks, given)
        cells = np.empty((self._size, rows.n), np.int64)
        if rows.n:
            for read in self._readings:
                read(rows, blocks, given, cells)
            for step in self._steps:
                step(cells, given)
        return Block(rows, cells)


def _machine(nodes: Sequence[Node]) -> Callable[[Cells, Given], None]:
    """The nodes one after another, by the machine."""
    steps: list[tuple[int, ...]] = []
    lists: list[tuple[int, bool]] = []
    lookups = [node.extra for node in nodes if node.op == "lookup"]
    known = 1 + max((code for codes in lookups for code in codes), default=0)
    sets = np.zeros((len(lookups), known + 1), np.int64)
    for number, codes in enumerate(lookups):
        sets[number, list(codes)] = 1
    seen = 0
    for node in nodes:
        places = [arg.place for arg in node.args]
        if node.op == "constant":
            steps += _constant(node)
            continue
        if node.op == "lookup":
            places.append(seen)
            seen += 1
        elif node.op == "order":
            groups, descending = node.extra
            begin = len(lists)
            lists += zip(places, descending, strict=True)
            places = [begin, len(lists), groups]
        elif node.op == "beside":
            places.append(node.extra)
        elif node.op == "row_number":
            places.append(_NEVER)
        padded = (*places, _NEVER, _NEVER, _NEVER)[:3]
        steps.append((*INSTRUCTIONS[node.op], node.place, *padded))
    code = np.array(steps, np.int64).reshape(-1, 6)
    keys = np.array(lists, np.int64).reshape(-1, 2).T.copy()

    def step(cells: Cells, _: Given) -> None:
        if not carry_out(code, keys, sets, cells):
            raise OutOfBounds

    return step


def _constant(node: Node) -> list[tuple[int, ...]]:
    """The same number in each row; of a wide one in both halves."""
    (number,) = unpack("q", pack("d", node.extra)) if node.kind == "f" else (int(node.extra),)
    halves = (number,) if WIDTH[node.kind] == 1 else (number, number >> 63)
    family = INSTRUCTIONS["set"]
    return [
        (*family, node.place + place, half, _NEVER, _NEVER) for place, half in enumerate(halves)
    ]


def _has_part(node: Node) -> Callable[[Cells, Given], None]:
    """Whether each text holds extra[1] between separators extra[0]."""
    separator, part = node.extra
    (text,) = node.args

    def step(cells: Cells, given: Given) -> None:
        texts, codes = given.vocabulary.texts(), cells[text.place].tolist()
        found = {code: part in texts[code].split(separator) for code in set(codes)}
        cells[node.place] = [found[code] for code in codes]

    return step
