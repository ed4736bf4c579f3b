"""The columns over one set of rows: made of other rows by a source, then computed in batches.

All nodes of one level and operation are computed at once, on matrices that hold a column in each
row. So hundreds of features cost as many NumPy calls as they have kinds of steps, not as many as
they have steps.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter, methodcaller
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from src.features.memory import orders
from src.features.memory.faults import NeedsWide
from src.features.memory.kernels import BATCHED, Matrix
from src.features.memory.nodes import MATRICES, Graph, Kind, Node
from src.features.memory.tables import Given
from src.features.memory.texts import Vocabulary

_DTYPE = {"f": np.float64, "i": np.int64, "w": np.int64, "b": np.bool_}
_SINGLE: dict[str, Callable[..., Any]] = {
    along.__name__: along
    for along in (
        orders.order,
        orders.row_number,
        orders.greatest_before,
        orders.greatest_within,
        orders.any_before,
        orders.any_until,
        orders.any_within,
        orders.any_onwards,
        orders.sum_before,
        orders.sum_until,
        orders.sum_within,
    )
} | {
    **{f"beside_{kind}": orders.beside for kind in MATRICES},
}
Places = NDArray[np.intp]
Reader = Callable[[Matrix], Matrix]


@dataclass(slots=True)
class Block:
    """The rows of a scope in one run: a matrix for each kind, the rows that they were paired of,
    and what is no column."""

    n: int
    matrices: dict[Kind, Matrix]
    pairs: Any = None
    others: dict[Hashable, Any] = field(default_factory=dict)

    def column(self, node: Node) -> NDArray[Any]:
        """The data of one node."""
        column: NDArray[Any] = self.matrices[node.kind][node.place]
        return column


class Source(Protocol):
    """Where a scope's rows come from. An input node's `extra` is its port and its origins: the
    nodes of the parents that the port reads."""

    parents: tuple["Scope", ...]

    def controls(self) -> Iterable[Node]:
        """The nodes of the parents that decide on the rows."""

    def read_from(self, port: str) -> Sequence[int]:
        """The numbers of the parents in which a port's origins stand."""

    def open(self, blocks: Sequence[Block], given: Given) -> "Filling":
        """The rows of one run."""


@dataclass(frozen=True, slots=True)
class Filling:
    """n rows, of more than none; `fill(port, read, out)` writes the columns of a port to `out`, of
    the parents' columns `read`."""

    n: int
    fill: Callable[[str, Sequence[Matrix], Matrix], None]
    pairs: Any = None


Step = Callable[[Block, Given], None]


@dataclass(slots=True)
class _Batch:
    """Input nodes of one kind and port, which stand one after another."""

    kind: Kind
    port: str
    rows: slice
    origins: list[tuple[int, Kind, Reader]]


class Scope:
    """Rows, what is computed over them, and how."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.graph = Graph()
        self.is_live = False
        self._sizes: list[tuple[Kind, int]] = []
        self._constants: list[tuple[Kind, slice, Matrix]] = []
        self._inputs: list[_Batch] = []
        self._steps: list[Step] = []

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
        sizes: dict[Kind, int] = dict.fromkeys(MATRICES, 0)

        def place(nodes: Sequence[Node]) -> slice:
            kind = nodes[0].kind
            start = sizes[kind]
            for number, node in enumerate(nodes):
                node.place = start + number
            sizes[kind] += len(nodes)
            return slice(start, sizes[kind])

        for (kind,), constants in _grouped((n for n in live if n.op == "constant"), _kind):
            values: Matrix = np.array([n.extra for n in constants], dtype=_DTYPE[kind])
            self._constants.append((kind, place(constants), values[:, None]))
        for (kind, port, _), nodes in _grouped((n for n in live if n.op == "input"), _port):
            rows = place(nodes)
            origins = []
            for number, parent in enumerate(self.source.read_from(port)):
                read = [node.extra[1][number] for node in nodes]
                origins.append((parent, read[0].kind, _reader(read)))
            self._inputs.append(_Batch(kind, port, rows, origins))
        for nodes in _batches([n for n in live if n.op not in ("constant", "input")]):
            op = nodes[0].op
            if op in BATCHED:
                self._steps.append(_batched(nodes, place(nodes)))
            elif op == "lookup":
                self._steps.append(_lookup(nodes, place(nodes)))
            else:
                for node in nodes:
                    if node.kind != "o":
                        place([node])
                    self._steps.append(_single(node))
        self._sizes = list(sizes.items())

    def run(self, blocks: Sequence[Block], given: Given) -> Block:
        """The columns of one run, of those of the parents."""
        filling = self.source.open(blocks, given)
        is_wide = any(
            kind == "w" and blocks[parent].matrices["w"].dtype == object
            for batch in self._inputs
            for parent, kind, _ in batch.origins
        )
        try:
            return self._compute(filling, blocks, given, is_wide)
        except NeedsWide:
            return self._compute(filling, blocks, given, True)

    def _compute(
        self, filling: Filling, blocks: Sequence[Block], given: Given, is_wide: bool
    ) -> Block:
        n, matrices = filling.n, dict[Kind, Matrix]()
        for kind, size in self._sizes:
            dtype = object if is_wide and kind == "w" else _DTYPE[kind]
            matrices[kind] = np.empty((size, n), dtype)
        for kind, rows, values in self._constants:
            matrices[kind][rows] = values
        block = Block(n, matrices, filling.pairs)
        if not n:
            return block
        for batch in self._inputs:
            read = [reader(blocks[p].matrices[kind]) for p, kind, reader in batch.origins]
            filling.fill(batch.port, read, matrices[batch.kind][batch.rows])
        for step in self._steps:
            step(block, given)
        return block


def _batched(nodes: Sequence[Node], out: slice) -> Step:
    """One operation on several columns at once."""
    kernel, kind = BATCHED[nodes[0].op], nodes[0].kind
    args = [_operand([n.args[i] for n in nodes]) for i in range(len(nodes[0].args))]
    into = itemgetter(out)

    def step(block: Block, _: Given) -> None:
        of = block.matrices
        kernel(*[reader(of[k]) for k, reader in args], into(of[kind]))

    return step


def _lookup(nodes: Sequence[Node], out: slice) -> Step:
    """Whether codes are among given ones, several columns at once."""
    reader = _reader([node.args[0] for node in nodes])
    known = 1 + max(max(node.extra, default=0) for node in nodes)
    table = np.zeros((len(nodes), known + 1), dtype=bool)
    for number, node in enumerate(nodes):
        table[number, list(node.extra)] = True
    numbers = np.arange(len(nodes))[:, None]

    def step(block: Block, _: Given) -> None:
        codes = np.minimum(reader(block.matrices["i"]), known)
        block.matrices["b"][out] = table[numbers, codes]

    return step


def _single(node: Node) -> Step:
    """One operation on columns of its own, or one whose result is no column."""

    def step(block: Block, given: Given) -> None:
        args = [block.others[a] if a.kind == "o" else block.column(a) for a in node.args]
        if node.op == "has_part":
            result: Any = has_part(node.extra, args[0], given.vocabulary)
        else:
            result = _SINGLE[node.op](node.extra, *args)
        if node.kind == "o":
            block.others[node] = result
        else:
            block.matrices[node.kind][node.place] = result

    return step


def has_part(
    extra: tuple[str, str], codes: NDArray[np.int64], vocabulary: Vocabulary
) -> NDArray[np.bool_]:
    """Whether each text holds extra[1] between separators extra[0]."""
    separator, part = extra
    texts = vocabulary.texts()
    found = {code: part in texts[code].split(separator) for code in set(codes.tolist())}
    return np.array([found[code] for code in codes.tolist()], dtype=bool)


def _reader(nodes: Sequence[Node]) -> Reader:
    """Reads the nodes' columns from their matrix: without a copy if they stand in a row."""
    places = [node.place for node in nodes]
    if places == list(range(places[0], places[0] + len(places))):
        return itemgetter(slice(places[0], places[0] + len(places)))
    return methodcaller("take", np.array(places, dtype=np.intp), 0)


def _operand(nodes: Sequence[Node]) -> tuple[Kind, Reader]:
    """As `_reader`; a single column if it is the same for all."""
    is_one = all(node is nodes[0] for node in nodes)
    return nodes[0].kind, _reader(nodes[:1] if is_one else nodes)


def _kind(node: Node) -> tuple[Kind]:
    return (node.kind,)


def _port(node: Node) -> tuple[Kind, str, str]:
    port, origins = node.extra
    return node.kind, port, "".join(origin.kind for origin in origins)


def _batches(nodes: Sequence[Node]) -> Iterable[list[Node]]:
    """The nodes in batches of one operation, each after what it needs, and few of them: first
    comes the operation of which the largest share can be computed at once."""
    waiting: dict[Hashable, list[Node]] = {}
    for node in nodes:
        alike = node.op, tuple(arg.kind for arg in node.args)
        waiting.setdefault(alike, []).append(node)
    missing = set(nodes)
    while waiting:
        ready = {
            key: [node for node in alike if missing.isdisjoint(node.args)]
            for key, alike in waiting.items()
        }
        best = max(ready, key=lambda key: (len(ready[key]) / len(waiting[key]), len(ready[key])))
        yield ready[best]
        missing.difference_update(ready[best])
        waiting[best] = [node for node in waiting[best] if node in missing]
        if not waiting[best]:
            del waiting[best]


def _grouped(nodes: Iterable[Node], key: Callable[[Node], Any]) -> Iterable[tuple[Any, list[Node]]]:
    return [(k, list(group)) for k, group in groupby(sorted(nodes, key=key), key=key)]
