"""Ibis relations as scopes: which ones this engine knows, and how their rows come about."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops

from src.features.memory.faults import Unsupported
from src.features.memory.grouping import GroupedRows
from src.features.memory.joins import Chain
from src.features.memory.kinds import kind_of
from src.features.memory.nodes import Node, Value
from src.features.memory.reductions import reduction
from src.features.memory.scope import Scope, Source
from src.features.memory.sources import KeptRows, RepeatedRows, TableRows, UnitedRows
from src.features.memory.tables import is_required
from src.features.memory.texts import Vocabulary
from src.features.memory.values import Lowering
from src.features.memory.views import View, carried


def _identities(given: Any) -> Hashable:
    """What tells apart the arguments of sources: nodes and scopes are what they are."""
    if isinstance(given, tuple | list):
        return tuple(_identities(part) for part in given)
    if isinstance(given, Value):
        return id(given.data), id(given.valid)
    hashable: Hashable = given
    return hashable


class Relations:
    """Views of relations. steps: those that others read by name; any other name is a table.

    scopes: all that were made, each after those that it reads.
    """

    def __init__(self, steps: Mapping[str, ops.Relation], vocabulary: Vocabulary) -> None:
        self.scopes: list[Scope] = []
        self._scopes: dict[Hashable, Scope] = {}
        self._steps = steps
        self.vocabulary = vocabulary
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

        return Lowering(view.scope.graph, self.vocabulary, resolve)

    def reducing(self, scope: Scope, inner: Lowering) -> Lowering:
        """Of expressions over the groups in `scope` of the rows that `inner` is about."""

        def resolve(op: ops.Value) -> Value:
            if not isinstance(op, ops.Reduction):
                raise Unsupported("column outside an aggregate")
            return reduction(scope, inner, op)

        return Lowering(scope.graph, self.vocabulary, resolve)


def _table(to: Relations, op: ops.UnboundTable) -> View:
    if op.name in to._steps:
        return to.view(to._steps[op.name])
    scope = to.scope(TableRows, op.name)

    def column(name: str) -> Value:
        kind = kind_of(op.schema[name])
        data = scope.read(kind, f"data {name}")
        if is_required(op.name, name):
            return Value(data, scope.graph.true)
        return Value(data, scope.read("b", f"there {name}"))

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
    inner = Lowering(parent.scope.graph, to.vocabulary, lambda op: parent.column(op.name))
    keys = {name: parent.column(name) for name in op.schema}
    scope = to.scope(GroupedRows, parent.scope, _key_nodes(inner, keys.values()))
    return View(scope, lambda name: carried(scope, "key", keys[name]))


def _joined(to: Relations, op: ops.JoinChain) -> View:
    chain = Chain(to, op.first)
    for link in op.rest:
        chain.add(link)
    return _valued(to, chain.scope, chain.lowering(), op.values)


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
