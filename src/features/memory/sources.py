"""Where rows come from: a table, a choice of rows, two tables side by side, groups, a union."""
# ruff: noqa: D102, ARG002 - what the methods are says Source, for all of them

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from src.features.memory.faults import NeedsWide
from src.features.memory.kernels import Matrix
from src.features.memory.matching import ByTime, groups, packed, packed_alike, pairs
from src.features.memory.nodes import Node, Value
from src.features.memory.scope import Block, Filling, Scope
from src.features.memory.tables import Given

_GREATEST = 2**63 - 1


class _Source:
    """A source whose only port reads its parent."""

    def __init__(self, *parents: Scope) -> None:
        self.parents = parents

    def controls(self) -> Iterable[Node]:
        return ()

    def read_from(self, port: str) -> Sequence[int]:
        return (0,)


class TableRows(_Source):
    """The rows of a table of the ledger, or of the spine. Ports: data and valid of a column."""

    def __init__(self, table: str) -> None:
        super().__init__()
        self.table = table

    def read_from(self, port: str) -> Sequence[int]:
        return ()

    def open(self, blocks: Sequence[Block], given: Given) -> Filling:
        def fill(port: str, _: Sequence[Matrix], out: Matrix) -> None:
            what, kind, column = port.split(" ")
            if what == "valid":
                out[...] = given.valid(self.table, column)
            else:
                read = given.whole if what == "whole" else given.data
                out[...] = read(kind, self.table, column)

        return Filling(given.length(self.table), fill)


class KeptRows(_Source):
    """The rows where a condition holds."""

    def __init__(self, parent: Scope, condition: Node) -> None:
        super().__init__(parent)
        self._condition = condition

    def controls(self) -> Iterable[Node]:
        return (self._condition,)

    def open(self, blocks: Sequence[Block], given: Given) -> Filling:
        holds = blocks[0].column(self._condition)
        rows = holds.nonzero()[0]
        if len(rows) == len(holds):
            return Filling(len(rows), lambda _, read, out: np.copyto(out, read[0]))
        return Filling(len(rows), lambda _, read, out: taken(read[0], rows, out))


class RepeatedRows(_Source):
    """Each row once for each of some numbers. Ports: kept, and item for the number."""

    def __init__(self, parent: Scope, items: Sequence[int]) -> None:
        super().__init__(parent)
        self._items = np.array(items, dtype=np.int64)

    def read_from(self, port: str) -> Sequence[int]:
        return (0,) if port == "kept" else ()

    def open(self, blocks: Sequence[Block], given: Given) -> Filling:
        n, items = blocks[0].n, self._items

        def fill(port: str, read: Sequence[Matrix], out: Matrix) -> None:
            out[...] = read[0].repeat(len(items), axis=1) if port == "kept" else np.tile(items, n)

        return Filling(n * len(items), fill)


class UnitedRows(_Source):
    """The rows of one parent and then those of the other."""

    def read_from(self, port: str) -> Sequence[int]:
        return (0, 1)

    def open(self, blocks: Sequence[Block], given: Given) -> Filling:
        n = blocks[0].n

        def fill(_: str, read: Sequence[Matrix], out: Matrix) -> None:
            out[:, :n], out[:, n:] = read

        return Filling(n + blocks[1].n, fill)


class JoinedRows(_Source):
    """Pairs of rows with equal keys. Ports: left, right, and matched: whether there is a right one.

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
        self._how, self._keys = how, keys
        self._condition = within[1] if within else None

    def controls(self) -> Iterable[Node]:
        if self._condition is not None:
            return (self._condition,)
        return [node for pair in self._keys for v in pair for node in (v.data, v.valid)]

    def read_from(self, port: str) -> Sequence[int]:
        return {"left": (0,), "right": (1,), "matched": ()}[port]

    def open(self, blocks: Sequence[Block], given: Given) -> Filling:
        left, right = self._pairs(blocks)
        n = blocks[0].n
        if self._how in ("semi", "anti"):
            has_one = np.zeros(n, dtype=bool)
            has_one[left] = True
            left = right = (has_one == (self._how == "semi")).nonzero()[0]
        if self._how == "left":
            alone = np.ones(n, dtype=bool)
            alone[left] = False
            (rest,) = alone.nonzero()
            if len(rest):
                left = np.concatenate((left, rest))
                right = np.concatenate((right, np.full(len(rest), -1)))
        return paired(left, right)

    def _pairs(self, blocks: Sequence[Block]) -> tuple[Any, Any]:
        if self._condition is not None:
            left, right = blocks[2].pairs
            (met,) = blocks[2].column(self._condition).nonzero()
            return (left, right) if len(met) == len(left) else (left[met], right[met])
        here = [_present(blocks[side], [pair[side] for pair in self._keys]) for side in (0, 1)]
        columns = []
        for block, rows, side in zip(blocks, here, (0, 1), strict=False):
            keys = [block.column(pair[side].data) for pair in self._keys]
            keys = keys or [np.zeros(block.n, dtype=np.int64)]
            columns.append(keys if rows is None else [key[rows] for key in keys])
        found = pairs(*packed_alike(*columns))
        left, right = (
            places if rows is None else rows[places]
            for rows, places in zip(here, found, strict=True)
        )
        return left, right


class LatestRows(_Source):
    """Each left row beside the right one of its key with the latest time before its instant."""

    def __init__(
        self, left: Scope, right: Scope, key: tuple[Value, Value], times: tuple[Value, Value],
        *, inclusive: bool,
    ) -> None:  # fmt: skip
        super().__init__(left, right)
        self._key, self._times, self._inclusive = key, times, inclusive

    def controls(self) -> Iterable[Node]:
        return [node for v in (*self._key, *self._times) for node in (v.data, v.valid)]

    def read_from(self, port: str) -> Sequence[int]:
        return {"left": (0,), "right": (1,), "matched": ()}[port]

    def open(self, blocks: Sequence[Block], given: Given) -> Filling:
        here = [_present(blocks[side], [self._key[side], self._times[side]]) for side in (0, 1)]
        key, instants = (_of(blocks[0], v[0], here[0]) for v in (self._key, self._times))
        by_time = blocks[1].others.get(self)
        if by_time is None:  # made once for rows that stay from run to run
            times = (_of(blocks[1], v[1], here[1]) for v in (self._key, self._times))
            by_time = blocks[1].others[self] = ByTime(*times)
        right = by_time.last_before(key, instants, inclusive=self._inclusive)
        if here[1] is not None:
            right = np.append(here[1], -1)[right]
        if here[0] is not None:
            everywhere = np.full(blocks[0].n, -1, dtype=np.intp)
            everywhere[here[0]] = right
            right = everywhere
        return paired(None, right)


def _of(block: Block, value: Value, rows: Any) -> Any:
    column = block.column(value.data)
    return column if rows is None else column[rows]


def paired(left: Any, right: Any) -> Filling:
    """Left rows (None: all of them) beside right ones (-1: none)."""

    def fill(port: str, read: Sequence[Matrix], out: Matrix) -> None:
        if port == "matched":
            out[...] = right >= 0
            return
        (columns,) = read
        rows = left if port == "left" else right
        if rows is None or columns.shape[1] == 1:
            out[...] = columns  # one row stands beside each
        elif columns.shape[1]:
            taken(columns, rows, out)
        else:
            out[...] = 0

    return Filling(len(right), fill, (left, right))


def _present(block: Block, values: Sequence[Value]) -> Any:
    """The rows where all values are there; None for all rows."""
    valid = None
    for value in values:
        if value.valid.op != "constant":
            column = block.column(value.valid)
            valid = column if valid is None else valid & column
    if valid is None or valid.all():
        return None
    return valid.nonzero()[0]


class GroupedRows(_Source):
    """One row for each combination of keys. Ports: key, and the aggregates of each group."""

    def __init__(self, parent: Scope, keys: Sequence[Node]) -> None:
        super().__init__(parent)
        self._keys = keys

    def controls(self) -> Iterable[Node]:
        return self._keys

    def read_from(self, port: str) -> Sequence[int]:
        return (0,) * _ORIGINS[port]

    def open(self, blocks: Sequence[Block], given: Given) -> Filling:
        block = blocks[0]
        rows, starts = groups([block.column(key) for key in self._keys], block.n)
        if not (self._keys or block.n):  # an aggregate of all rows has one even of none
            return Filling(1, lambda *to: np.copyto(to[-1], 0, casting="unsafe"))

        def fill(port: str, read: Sequence[Matrix], out: Matrix) -> None:
            if port == "key":
                taken(read[0], rows[starts], out)
            elif port == "rows":
                out[...] = np.diff(starts, append=block.n)
            else:
                ordered = read if len(starts) == 1 else [m.take(rows, axis=1) for m in read]
                if port == "greatest_text":
                    out[...] = greatest_text(ordered, starts, given)
                else:
                    _REDUCE[port](ordered, starts, out)

        return Filling(len(starts), fill)


def taken(columns: Matrix, rows: Any, out: Matrix) -> None:
    """Write the rows to `out`; any for one of number -1."""
    columns.take(rows, axis=1, out=out, mode="clip")


def _sum(read: Sequence[Matrix], starts: Any, out: Matrix) -> None:
    (numbers,) = read
    if out.dtype == object:
        numbers = numbers.astype(object)
    elif numbers.size:
        most = float(np.abs(numbers.astype(np.float64)).max())
        if most * numbers.shape[1] >= 2.0**62:
            raise NeedsWide
    np.add.reduceat(numbers, starts, axis=1, out=out)


def _extreme(read: Sequence[Matrix], starts: Any, out: Matrix, lowest: bool) -> None:
    numbers, there = read
    reduce = {True: np.fmin, False: np.maximum}[lowest]
    if out.dtype == object:
        none: Any = 2**127
    else:
        none = np.inf if numbers.dtype == np.float64 else _GREATEST
    known = np.where(there, numbers, none if lowest else -none)
    reduce.reduceat(known, starts, axis=1, out=out)
    # 0, with which everything can be computed, where there is none.
    np.copyto(out, 0, where=~np.logical_or.reduceat(there, starts, axis=1))


def _arg_greatest(read: Sequence[Matrix], starts: Any, out: Matrix) -> None:
    """The value beside the greatest key, of those that are there."""
    values, keys, there = read
    n = values.shape[1]
    keys = np.where(there, keys, -_GREATEST)
    best = np.maximum.reduceat(keys, starts, axis=1).repeat(np.diff(starts, append=n), axis=1)
    places = np.where(there & (keys == best), np.arange(n), n)
    first = np.minimum.reduceat(places, starts, axis=1)
    out[...] = np.take_along_axis(values, np.minimum(first, n - 1), axis=1)


def _reducing(operation: np.ufunc) -> Callable[[Sequence[Matrix], Any, Matrix], None]:
    def reduce(read: Sequence[Matrix], starts: Any, out: Matrix) -> None:
        operation.reduceat(read[0], starts, axis=1, dtype=out.dtype, out=out)

    return reduce


def _different(read: Sequence[Matrix], starts: Any, out: Matrix) -> None:
    """How many different ones are there."""
    values, there = read
    group = np.arange(len(starts)).repeat(np.diff(starts, append=values.shape[1]))
    for number, (column, known) in enumerate(zip(values, there, strict=True)):
        of = group[known]
        _, first = np.unique(packed((of, column[known]), len(of)), return_index=True)
        out[number] = np.bincount(of[first], minlength=len(starts))


def greatest_text(read: Sequence[Matrix], starts: Any, given: Given) -> Matrix:
    """The code of the greatest text, by its characters."""
    codes, there = read
    texts = given.vocabulary.texts()
    known = np.array(sorted(set(codes.ravel().tolist()), key=texts.__getitem__), dtype=np.int64)
    rank = np.zeros(len(texts), dtype=np.int64)
    rank[known] = np.arange(len(known))
    return known[np.maximum.reduceat(np.where(there, rank[codes], 0), starts, axis=1)]


_ORIGINS = {
    "key": 1, "rows": 0, "sum": 1, "count": 1, "any": 1, "all": 1,
    "least": 2, "greatest": 2, "greatest_text": 2, "arg_greatest": 3, "different": 2,
}  # fmt: skip
_REDUCE: dict[str, Callable[[Sequence[Matrix], Any, Matrix], None]] = {
    "sum": _sum,
    "count": _reducing(np.add),
    "any": _reducing(np.logical_or),
    "all": _reducing(np.logical_and),
    "least": partial(_extreme, lowest=True),
    "greatest": partial(_extreme, lowest=False),
    "arg_greatest": _arg_greatest,
    "different": _different,
}
