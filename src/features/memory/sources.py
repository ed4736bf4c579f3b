"""Where rows come from: a table, a choice of rows, two tables side by side, groups, a union."""
# ruff: noqa: D102 - what the methods are says Source

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from src.features.memory.machine.joining import HOW
from src.features.memory.nodes import WIDTH, Node, Value
from src.features.memory.scope import Reading, Scope
from src.features.memory.tables import Wanted


def places(nodes: Iterable[Node]) -> list[int]:
    """The columns of nodes, both of a wide one."""
    return [node.place + half for node in nodes for half in range(WIDTH[node.kind])]


def by_port(inputs: Sequence[Node]) -> Mapping[str, list[Node]]:
    """Input nodes by the port that they read."""
    found: dict[str, list[Node]] = defaultdict(list)
    for node in inputs:
        found[node.extra[0]].append(node)
    return found


def gathering(what: str, nodes: Sequence[Node]) -> list[Reading]:
    """Reads a parent's columns as the machine's reading `what` does."""
    origins = [node.extra[1][0] for node in nodes]
    return [(what, places(origins), places(nodes))] if nodes else []


class SomeRows:
    """Rows of one parent. Port: kept."""

    opening = "kept"
    how = 0

    def __init__(self, *parents: Scope) -> None:
        self.parents = parents

    def controls(self) -> Iterable[Node]:
        return ()

    def lists(self) -> Sequence[Sequence[int]]:
        return [places(self.controls())]

    def readings(self, inputs: Sequence[Node]) -> Sequence[Reading]:
        return gathering("left", inputs)


class TableRows(SomeRows):
    """The rows of a table of the ledger, or of the spine. Ports: data of a column, and there."""

    opening = "table"

    def __init__(self, table: str) -> None:
        super().__init__()
        self.table = table

    def readings(self, inputs: Sequence[Node]) -> Sequence[Reading]:  # noqa: ARG002 - by `wanted`
        return ()

    @staticmethod
    def wanted(inputs: Sequence[Node]) -> list[Wanted]:
        """What stands in the scope's columns before the machine begins."""
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for node in inputs:
            what, column = node.extra[0].split(" ")
            found[column][what] = node.place
        return [Wanted(name, at.get("data", -1), at.get("there", -1)) for name, at in found.items()]


class KeptRows(SomeRows):
    """The rows where a condition holds."""

    def __init__(self, parent: Scope, condition: Node) -> None:
        super().__init__(parent)
        self._condition = condition

    def controls(self) -> Iterable[Node]:
        return (self._condition,)


class RepeatedRows(SomeRows):
    """Each row once for each of some numbers. Ports: kept, and item for the number."""

    opening = "repeated"

    def __init__(self, parent: Scope, items: Sequence[int]) -> None:
        super().__init__(parent)
        self._items = items

    def lists(self) -> Sequence[Sequence[int]]:
        return [self._items]

    def readings(self, inputs: Sequence[Node]) -> Sequence[Reading]:
        ports = by_port(inputs)
        items: list[Reading] = [("items", self._items, [node.place]) for node in ports["item"]]
        return gathering("left", ports["kept"]) + items


class UnitedRows(SomeRows):
    """The rows of one parent and then those of the other. Port: union."""

    opening = "united"

    def readings(self, inputs: Sequence[Node]) -> Sequence[Reading]:
        left, right = ([node.extra[1][side] for node in inputs] for side in (0, 1))
        return [("united", places(left) + places(right), places(inputs))]


class SideBySide(SomeRows):
    """Pairs of rows. Ports: left, right, and matched: whether there is a right one."""

    def readings(self, inputs: Sequence[Node]) -> Sequence[Reading]:
        ports = by_port(inputs)
        matched: list[Reading] = [("matched", (), [node.place]) for node in ports["matched"]]
        return gathering("left", ports["left"]) + gathering("right", ports["right"]) + matched


class JoinedRows(SideBySide):
    """Pairs of rows with equal keys. how: inner, left, semi or anti."""

    opening = "joined"

    def __init__(
        self, left: Scope, right: Scope, how: str, keys: Sequence[tuple[Value, Value]]
    ) -> None:
        super().__init__(left, right)
        self.how = HOW.index(how)
        self._sides = [[pair[side] for pair in keys] for side in (0, 1)]

    def controls(self) -> Iterable[Node]:
        return [node for side in self._sides for v in side for node in (v.data, v.valid)]

    def lists(self) -> Sequence[Sequence[int]]:
        return [part for side in self._sides for part in (places(_data(side)), doubtful(side))]


class PairedRows(SideBySide):
    """Of an inner join's pairs of two tables those that meet a condition. how: as JoinedRows."""

    opening = "paired"

    def __init__(self, left: Scope, right: Scope, how: str, pairs: Scope, condition: Node) -> None:
        super().__init__(left, right, pairs)
        self.how, self._condition = HOW.index(how), condition

    def controls(self) -> Iterable[Node]:
        return (self._condition,)


class TimedRows(SomeRows):
    """The rows that have a key and a time, by both."""

    opening = "timed"

    def __init__(self, parent: Scope, key: Value, time: Value) -> None:
        super().__init__(parent)
        self._by = (key, time)

    def controls(self) -> Iterable[Node]:
        return [node for value in self._by for node in (value.data, value.valid)]

    def lists(self) -> Sequence[Sequence[int]]:
        return [places(_data(self._by)), doubtful(self._by)]


class LatestRows(SideBySide):
    """Each left row beside the right one of its key with the latest time before its instant.

    timed: the right rows as TimedRows by `other` and `time`. how: 1 if also that at the instant.
    """

    opening = "latest"

    def __init__(
        self, left: Scope, right: Scope, timed: Scope, key: tuple[Value, Value],
        times: tuple[Value, Value], *, inclusive: bool,
    ) -> None:  # fmt: skip
        super().__init__(left, right, timed)
        (here, there), (instant, time) = key, times
        self._left, self._right, self.how = (here, instant), (there, time), int(inclusive)

    def controls(self) -> Iterable[Node]:
        return [node for v in (*self._left, *self._right) for node in (v.data, v.valid)]

    def lists(self) -> Sequence[Sequence[int]]:
        return [places(_data(self._left)), places(_data(self._right)), doubtful(self._left)]


def _data(values: Iterable[Value]) -> Iterable[Node]:
    return (value.data for value in values)


def doubtful(values: Iterable[Value]) -> list[int]:
    """What says of values that they are there, if it can fail."""
    return places(value.valid for value in values if value.valid.op != "constant")
