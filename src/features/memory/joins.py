"""Joins of relations: which rows stand beside which, and the columns of all tables there."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import ibis.expr.operations as ops

from src.features.memory.faults import Unsupported
from src.features.memory.nodes import Value
from src.features.memory.scope import Scope
from src.features.memory.sources import JoinedRows, LatestRows, PairedRows, TimedRows
from src.features.memory.values import Lowering
from src.features.memory.views import View, carried

if TYPE_CHECKING:
    from src.features.memory.relations import Relations


class Chain:
    """Tables joined one after another, and the columns of each in the rows of the last join."""

    def __init__(self, to: "Relations", first: ops.Relation) -> None:
        self._to = to
        view = to.view(first.parent)
        self.scope = view.scope
        self._columns: dict[ops.Relation, Callable[[str], Value]] = {first: view.column}

    def lowering(self) -> Lowering:
        """Of expressions over the rows of the last join."""
        return self._over(self.scope, self._columns)

    def _over(
        self, scope: Scope, columns: Mapping[ops.Relation, Callable[[str], Value]]
    ) -> Lowering:
        def resolve(op: ops.Value) -> Value:
            if isinstance(op, ops.Field) and op.rel in columns:
                return columns[op.rel](op.name)
            raise Unsupported(f"{type(op).__name__} of other rows")

        return Lowering(scope.graph, self._to.vocabulary, resolve)

    def add(self, link: ops.JoinLink) -> None:
        """Join the link's table."""
        right = self._to.view(link.table.parent)
        sides = (
            self.lowering(),
            self._over(right.scope, {link.table: right.column}),
        )
        equal, rest = [], []
        for predicate in link.predicates:
            if isinstance(predicate, ops.Literal) and predicate.value is True:
                continue
            ordered = _by_side(predicate, link.table)
            if isinstance(predicate, ops.Equals) and ordered is not None:
                pair = tuple(side(value) for side, value in zip(sides, ordered, strict=True))
                equal.append(_matched_keys(pair))
            else:
                rest.append(predicate)
        if link.how == "asof":
            made = self._latest(link, right, equal, rest, sides)
        elif rest:
            candidates = self._to.scope(JoinedRows, self.scope, right.scope, "inner", equal)
            lowering = self._over(candidates, self._beside(candidates, link, right))
            condition = candidates.graph.true
            for predicate in rest:
                condition = candidates.graph.both(condition, lowering.truth(predicate))
            tables = self.scope, right.scope
            made = self._to.scope(PairedRows, *tables, _how(link), candidates, condition)
        else:
            made = self._to.scope(JoinedRows, self.scope, right.scope, _how(link), equal)
        self._columns = self._beside(made, link, right)
        self.scope = made

    def _latest(self, link: ops.JoinLink, right: View, equal: Any, rest: Any, sides: Any) -> Scope:
        if len(equal) != 1 or len(rest) != 1:
            raise Unsupported("as-of join by other than one key and one time")
        (predicate,) = rest
        ordered = _by_side(predicate, link.table)
        earlier = predicate.right if isinstance(predicate, _LATER) else predicate.left
        if ordered is None or not isinstance(predicate, _TIMED) or earlier is not ordered[1]:
            raise Unsupported("as-of join forwards in time")
        times = tuple(side(value) for side, value in zip(sides, ordered, strict=True))
        inclusive = isinstance(predicate, ops.LessEqual | ops.GreaterEqual)
        timed = self._to.scope(TimedRows, right.scope, equal[0][1], times[1])
        return self._to.scope(
            LatestRows, self.scope, right.scope, timed, equal[0], times, inclusive=inclusive
        )

    def _beside(
        self, scope: Scope, link: ops.JoinLink, right: View
    ) -> dict[ops.Relation, Callable[[str], Value]]:
        """The columns of all tables so far, in the rows of a join with the link's."""

        def left_of(column: Callable[[str], Value]) -> Callable[[str], Value]:
            return lambda name: carried(scope, "left", column(name))

        def of_right(name: str) -> Value:
            value = carried(scope, "right", right.column(name))
            if link.how not in ("left", "asof"):
                return value
            matched = scope.read("b", "matched")
            return Value(value.data, scope.graph.both(matched, value.valid))

        beside = {table: left_of(column) for table, column in self._columns.items()}
        return {**beside, link.table: of_right}


_LATER = (ops.Greater, ops.GreaterEqual)
_TIMED = (*_LATER, ops.Less, ops.LessEqual)


def _how(link: ops.JoinLink) -> str:
    if link.how == "cross":
        return "inner"
    if link.how not in ("inner", "left", "semi", "anti"):
        raise Unsupported(f"{link.how} join")
    how: str = link.how
    return how


def _by_side(predicate: ops.Value, right: ops.Relation) -> tuple[ops.Value, ops.Value] | None:
    """The comparison's operands as (of the tables before, of `right`); None if they mix."""
    if not isinstance(predicate, ops.Binary):
        return None
    of_right = []
    for operand in (predicate.left, predicate.right):
        tables = {field.rel for field in operand.find(ops.Field, filter=ops.Value)}
        if not tables or (right in tables and len(tables) > 1):
            return None
        of_right.append(right in tables)
    if of_right == [False, True]:
        return predicate.left, predicate.right
    return (predicate.right, predicate.left) if of_right == [True, False] else None


def _matched_keys(pair: tuple[Value, ...]) -> tuple[Value, Value]:
    left, right = pair
    if left.data.kind != "i" or right.data.kind != "i":
        raise Unsupported("join by anything but whole numbers and texts")
    return left, right
