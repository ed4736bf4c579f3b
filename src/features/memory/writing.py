"""Scopes as instructions of the machine."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from struct import pack, unpack

import numpy as np

from src.features.memory.machine.code import Code
from src.features.memory.machine.machine import INSTRUCTIONS
from src.features.memory.machine.opening import OPENINGS
from src.features.memory.machine.reading import READINGS
from src.features.memory.nodes import WIDTH, Node
from src.features.memory.scope import Scope

_NEVER = 0  # of an operand or a parent that there is none of
Step = tuple[int, ...]


def written(scopes: Sequence[Scope]) -> Code:
    """The code of scopes that are arranged, each after its parents."""
    writer = _Writer({scope: number for number, scope in enumerate(scopes)})
    for scope in scopes:
        writer.add(scope)
    return writer.code()


class _Writer:
    """Code in the making: what Code holds, as Python's lists."""

    def __init__(self, numbers: Mapping[Scope, int]) -> None:
        self._number_of = numbers
        self._scopes: list[Step] = []
        self._readings: list[Step] = []
        self._lists: list[Sequence[int]] = []
        self._orders: list[tuple[int, bool]] = []
        self._sets: list[frozenset[int]] = []

    def add(self, scope: Scope) -> None:
        """Write down how the scope's rows and columns come about."""
        source = scope.source
        parents = [*map(self._number_of.__getitem__, source.parents), _NEVER, _NEVER, _NEVER]
        lists = [self._list(numbers) for numbers in source.lists()]
        begin = len(self._readings)
        for what, taken, into in source.readings(scope.inputs):
            self._readings.append((READINGS.index(what), self._list(taken), self._list(into)))
        steps = chain.from_iterable(map(self._steps, scope.live))
        self._scopes.append(
            (
                *(OPENINGS.index(source.opening), *parents[:3], source.how),
                *(lists[0] if lists else _NEVER, scope.size),
                *(begin, len(self._readings), self._list([*chain.from_iterable(steps)])),
            )
        )

    def code(self) -> Code:
        """All that was added."""
        known = 1 + max(chain.from_iterable(self._sets), default=0)
        sets = np.zeros((len(self._sets), known + 1), np.int64)  # the last: any code beyond
        for number, codes in enumerate(self._sets):
            sets[number, list(codes)] = 1
        return Code(
            scopes=np.array(self._scopes, np.int64),
            readings=np.array(self._readings, np.int64).reshape(-1, 3),
            numbers=np.array([*chain.from_iterable(self._lists)], np.int64),
            bounds=np.cumsum([0, *map(len, self._lists)], dtype=np.int64),
            orders=np.array(self._orders, np.int64).reshape(-1, 2).T.copy(),
            sets=sets,
        )

    def _list(self, numbers: Sequence[int]) -> int:
        self._lists.append(numbers)
        return len(self._lists) - 1

    def _steps(self, node: Node) -> Iterable[Step]:
        """The instructions that compute a node: (family, number, place, three operands)."""
        if node.op in ("input", "b_to_i"):
            return
        if node.op == "constant":
            yield from _constant(node)
            return
        operands = [arg.place for arg in node.args]
        if node.op == "lookup":
            operands.append(len(self._sets))
            self._sets.append(node.extra)
        elif node.op == "order":
            groups, descending = node.extra
            begin = len(self._orders)
            self._orders += zip(operands, descending, strict=True)
            operands = [begin, len(self._orders), groups]
        elif node.op == "beside":
            operands.append(node.extra)
        elif node.op == "has_part":
            operands += node.extra
        yield (*INSTRUCTIONS[node.op], node.place, *[*operands, _NEVER, _NEVER, _NEVER][:3])


def _constant(node: Node) -> Iterable[Step]:
    """The same number in each row; of a wide one in both halves."""
    (number,) = unpack("q", pack("d", node.extra)) if node.kind == "f" else (int(node.extra),)
    halves = (number,) if WIDTH[node.kind] == 1 else (number, number >> 63)
    for place, half in enumerate(halves):
        yield (*INSTRUCTIONS["set"], node.place + place, half, _NEVER, _NEVER)
