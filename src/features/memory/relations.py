"""Ibis relations as scopes: which ones this engine knows, and how their rows come about."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops

from src.features.memory.faults import Unsupported
from src.features.memory.grouping import GroupedRows
from src.features.memory.nodes import Node, Value
from src.features.memory.scope import Scope, Source
from src.features.memory.sources import (
    JoinedRows,
    KeptRows,
    LatestRows,
    RepeatedRows,
    TableRows,
    UnitedRows,
)
from src.features.memory.tables import is_required
from src.features.memory.texts import Vocabulary
from src.features.memory.values import Lowering, kind_of


def _identities(given: Any) -> Hashable:
    """What tells apart the arguments of sources: nodes and scopes are what they are."""
    if isinstance(given, tuple | list):
        return tuple(_identities(part) for part in given)
    if isinstance(given, Value):
        return id(given.data), id(given.valid)
    hashable: Hashable = given
    return hashable


class View:
    """A relation: the scope that has its rows, and its columns there, made when first asked for."""

    def __init__(self, scope: Scope, make: Callable[[str], Value]) -> None:
        self.scope = scope
        self._make = make
        self._columns: dict[str, Value] = {}

    def column(self, name: str) -> Value:
        """The column called `name`."""
        if name not in self._columns:
            self._columns[name] = self._make(name)
        return self._columns[name]


class Relations:
    """Views of relations. steps: those that others read by name; any other name is a table.

    scopes: all that were made, each after those that it reads.
    """

    def __init__(self, steps: Mapping[str, ops.Relation], vocabulary: Vocabulary) -> None:
        self.scopes: list[Scope] = []
        self._scopes: dict[Hashable, Scope] = {}
        self._steps = steps
        self._vocabulary = vocabulary
        self._views: dict[ops.Relation, View] = {}

    def view(self, op: ops.Relation) -> View:
        """The view of a relation. Raises Unsupported if there is none here."""
        if op not in self._views:
            for kind in type(op).__mro__:
                if kind in _LOWERED:
                    self._views[op] = _LOWERED[kind](self, op)
                    break
            else:
                raise Unsupported(type(op).__name__)
        return self._views[op]

    def scope(self, source: type[Source], *given: Any, **named: Any) -> Scope:
        """The scope with the rows of a source; one and the same for the same rows."""
        key = (source, _identities(given), _identities(tuple(named.items())))
        if key not in self._scopes:
            self._scopes[key] = Scope(source(*given, **named))
            self.scopes.append(self._scopes[key])
        return self._scopes[key]

    def lowering(self, view: View, parent: ops.Relation) -> Lowering:
        """Of expressions over the rows of `view`, which is that of `parent`."""

        def resolve(op: ops.Value) -> Value:
            if isinstance(op, ops.Field) and op.rel == parent:
                return view.column(op.name)
            raise Unsupported(f"{type(op).__name__} of other rows")

        return Lowering(view.scope.graph, self._vocabulary, resolve)

    def reducing(self, scope: Scope, inner: Lowering) -> Lowering:
        """Of expressions over the groups in `scope` of the rows that `inner` is about."""

        def resolve(op: ops.Value) -> Value:
            if not isinstance(op, ops.Reduction):
                raise Unsupported("column outside an aggregate")
            return _reduction(scope, inner, op)

        return Lowering(scope.graph, self._vocabulary, resolve)


def carried(scope: Scope, port: str, *values: Value) -> Value:
    """Columns of a source's parents, as a column of the scope."""
    graph = scope.graph
    first = values[0]
    if len(values) == 1 and first.data.op == "constant":
        data = graph.constant(first.data.kind, first.data.extra)
    else:
        data = scope.read(first.data.kind, port, *(v.data for v in values))
    certain = {v.valid.extra if v.valid.op == "constant" else None for v in values}
    if certain in ({True}, {False}):
        return Value(data, graph.true if True in certain else graph.false)
    return Value(data, scope.read("b", port, *(v.valid for v in values)))


def _table(to: Relations, op: ops.UnboundTable) -> View:
    if op.name in to._steps:
        return to.view(to._steps[op.name])
    scope = to.scope(TableRows, op.name)

    def column(name: str) -> Value:
        kind = kind_of(op.schema[name])
        if is_required(op.name, name):
            return Value(scope.read(kind, f"whole {kind} {name}"), scope.graph.true)
        return Value(scope.read(kind, f"data {kind} {name}"), scope.read("b", f"valid b {name}"))

    return View(scope, column)


def _project(to: Relations, op: ops.Project) -> View:
    parent = to.view(op.parent)
    return _valued(to, parent.scope, to.lowering(parent, op.parent), op.values)


def _valued(
    to: Relations, rows: Scope, lowering: Lowering, values: Mapping[str, ops.Value]
) -> View:
    """Values over the rows of a scope; an unnested one repeats them."""
    unnested = {name for name, value in values.items() if isinstance(value, ops.Unnest)}
    if not unnested:
        return View(rows, lambda name: lowering(values[name]))
    if len(unnested) > 1:
        raise Unsupported("unnesting of several arrays")
    (only,) = unnested
    scope = to.scope(RepeatedRows, rows, _items(values[only].arg))

    def column(name: str) -> Value:
        if name == only:
            return Value(scope.read("i", "item"), scope.graph.true)
        return carried(scope, "kept", lowering(values[name]))

    return View(scope, column)


def _items(op: ops.Value) -> list[int]:
    while isinstance(op, ops.Cast):
        op = op.arg
    if isinstance(op, ops.Literal) and isinstance(op.dtype.value_type, dt.Integer):
        return list(op.value)
    if not isinstance(op, ops.Array) or not all(
        isinstance(item, ops.Literal) and isinstance(item.dtype, dt.Integer) for item in op.exprs
    ):
        raise Unsupported("unnesting of anything but whole numbers")
    return [item.value for item in op.exprs]


def _dropped(to: Relations, op: ops.DropColumns) -> View:
    return to.view(op.parent)


def _filter(to: Relations, op: ops.Filter) -> View:
    parent = to.view(op.parent)
    lowering = to.lowering(parent, op.parent)
    condition = parent.scope.graph.true
    for predicate in op.predicates:
        condition = parent.scope.graph.both(condition, lowering.truth(predicate))
    scope = to.scope(KeptRows, parent.scope, condition)
    return View(scope, lambda name: carried(scope, "kept", parent.column(name)))


def _aggregate(to: Relations, op: ops.Aggregate) -> View:
    parent = to.view(op.parent)
    inner = to.lowering(parent, op.parent)
    keys = {name: inner(value) for name, value in op.groups.items()}
    scope = to.scope(GroupedRows, parent.scope, _key_nodes(inner, keys.values()))
    outer = to.reducing(scope, inner)

    def column(name: str) -> Value:
        if name in keys:
            return carried(scope, "key", keys[name])
        return outer(op.metrics[name])

    return View(scope, column)


def _key_nodes(lowering: Lowering, values: Any) -> list[Node]:
    """What groups are made by: missing values are alike, and unlike any other."""
    graph, nodes = lowering.graph, []
    for value in values:
        if value.data.kind not in ("i", "b"):
            raise Unsupported("grouping by anything but whole numbers and texts")
        data = lowering.cast(value.data, "i")
        nodes.append(graph.choice(value.valid, data, graph.constant("i", 0)))
        if value.valid is not graph.true:
            nodes.append(lowering.cast(value.valid, "i"))
    return nodes


def _reduction(scope: Scope, inner: Lowering, op: ops.Reduction) -> Value:
    graph, true = inner.graph, scope.graph.true
    where = graph.true if op.where is None else inner.truth(op.where)
    if isinstance(op, ops.CountStar):
        if where is graph.true:
            return Value(scope.read("i", "rows"), true)
        return Value(scope.read("i", "count", where), true)
    if not isinstance(op, _REDUCTIONS):
        raise Unsupported(type(op).__name__)
    arg = inner(op.arg)
    there = graph.both(where, arg.valid)
    if isinstance(op, ops.Count):
        return Value(scope.read("i", "count", there), true)
    some = scope.read("b", "any", there)
    if isinstance(op, ops.Sum):
        data = inner.cast(arg.data, "i") if arg.data.kind == "b" else arg.data
        if data.kind == "f":
            raise Unsupported("sum of floats, whose last bits depend on the order")
        counted = graph.choice(there, data, graph.constant(data.kind, 0))
        return Value(scope.read("w", "sum", counted), some)
    if isinstance(op, ops.All | ops.Any):
        quiet = graph.true if isinstance(op, ops.All) else graph.false
        port = "all" if isinstance(op, ops.All) else "any"
        return Value(scope.read("b", port, graph.choice(there, arg.data, quiet)), some)
    if isinstance(op, ops.CountDistinct):
        if arg.data.kind != "i":
            raise Unsupported("different ones of anything but whole numbers and texts")
        return Value(scope.read("i", "different", arg.data, there), true)
    if isinstance(op, ops.ArgMax | ops.ArgMin):
        key = inner(op.key)
        there = graph.both(there, key.valid)
        if key.data.kind != "i" or isinstance(op.key.dtype, dt.String):
            raise Unsupported("greatest by anything but whole numbers")
        by = key.data if isinstance(op, ops.ArgMax) else graph.node("negative_i", "i", key.data)
        data = scope.read(arg.data.kind, "arg_greatest", arg.data, by, there)
        return Value(data, scope.read("b", "any", there))
    port = "greatest" if isinstance(op, ops.Max) else "least"
    if isinstance(op.arg.dtype, dt.String):
        if port == "least":
            raise Unsupported("least of texts")
        port = "greatest_text"
    data = inner.cast(arg.data, "i") if arg.data.kind == "b" else arg.data
    return Value(scope.read(data.kind, port, data, there), some)


_REDUCTIONS = (
    ops.Count,
    ops.CountDistinct,
    ops.Sum,
    ops.All,
    ops.Any,
    ops.ArgMax,
    ops.ArgMin,
    ops.Max,
    ops.Min,
)


def _union(to: Relations, op: ops.Union) -> View:
    left, right = to.view(op.left), to.view(op.right)
    scope = to.scope(UnitedRows, left.scope, right.scope)
    sides = to.lowering(left, op.left), to.lowering(right, op.right)

    def column(name: str) -> Value:
        pair = [left.column(name), right.column(name)]
        widest = next(k for k in "fwib" if k in [value.data.kind for value in pair])
        alike = [
            Value(side.cast(value.data, widest), value.valid)
            for side, value in zip(sides, pair, strict=True)
        ]
        return carried(scope, "union", *alike)

    united = View(scope, column)
    return _unique(to, united, op) if op.distinct else united


def _distinct(to: Relations, op: ops.Distinct) -> View:
    return _unique(to, to.view(op.parent), op)


def _unique(to: Relations, parent: View, op: ops.Relation) -> View:
    inner = Lowering(parent.scope.graph, to._vocabulary, lambda op: parent.column(op.name))
    keys = {name: parent.column(name) for name in op.schema}
    scope = to.scope(GroupedRows, parent.scope, _key_nodes(inner, keys.values()))
    return View(scope, lambda name: carried(scope, "key", keys[name]))


def _joined(to: Relations, op: ops.JoinChain) -> View:
    chain = _Chain(to, op.first)
    for link in op.rest:
        chain.add(link)
    return _valued(to, chain.scope, chain.lowering(), op.values)


class _Chain:
    """Tables joined one after another, and the columns of each in the rows of the last join."""

    def __init__(self, to: Relations, first: ops.Relation) -> None:
        self._to = to
        view = to.view(first.parent)
        self.scope = view.scope
        self._columns: dict[ops.Relation, Callable[[str], Value]] = {first: view.column}

    def lowering(self) -> Lowering:
        return self._over(self.scope, self._columns)

    def _over(
        self, scope: Scope, columns: Mapping[ops.Relation, Callable[[str], Value]]
    ) -> Lowering:
        def resolve(op: ops.Value) -> Value:
            if isinstance(op, ops.Field) and op.rel in columns:
                return columns[op.rel](op.name)
            raise Unsupported(f"{type(op).__name__} of other rows")

        return Lowering(scope.graph, self._to._vocabulary, resolve)

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
            within = (candidates, condition)
            made = self._to.scope(JoinedRows, self.scope, right.scope, _how(link), equal, within)
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
        return self._to.scope(
            LatestRows, self.scope, right.scope, equal[0], times, inclusive=inclusive
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


_LOWERED: dict[type, Callable[[Relations, Any], View]] = {
    ops.UnboundTable: _table,
    ops.Project: _project,
    ops.DropColumns: _dropped,
    ops.Filter: _filter,
    ops.Aggregate: _aggregate,
    ops.Union: _union,
    ops.Distinct: _distinct,
    ops.JoinChain: _joined,
}
