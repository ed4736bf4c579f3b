"""Ibis values as nodes: which operations this engine knows, and what they do with nulls."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops

from src.features.memory import arithmetic
from src.features.memory.analytic import windowed
from src.features.memory.faults import Unsupported
from src.features.memory.kinds import TYPE, kind_of, microseconds
from src.features.memory.nodes import Graph, Kind, Node, Value
from src.features.memory.texts import Vocabulary

_EPOCH = datetime(1970, 1, 1)


class Lowering:
    """Turns the values of one relation's rows into nodes of `graph`.

    resolve: what an ops.Field or a reduction is there. Raises Unsupported on unknown operations.
    """

    def __init__(
        self, graph: Graph, vocabulary: Vocabulary, resolve: Callable[[ops.Value], Value]
    ) -> None:
        self.graph = graph
        self.vocabulary = vocabulary
        self._resolve = resolve
        self._done: dict[ops.Value, Value] = {}

    def __call__(self, op: ops.Value) -> Value:
        """The value of `op` in each row."""
        if op not in self._done:
            self._done[op] = self._lowered(op)
        return self._done[op]

    def _lowered(self, op: ops.Value) -> Value:
        if isinstance(op, ops.Field | ops.Reduction):
            return self._resolve(op)
        if isinstance(op, ops.WindowFunction):
            return windowed(self, op)
        for kind in type(op).__mro__:
            if kind in _LOWERED:
                return _LOWERED[kind](self, op)
        raise Unsupported(type(op).__name__)

    def truth(self, op: ops.Value) -> Node:
        """Where a condition holds: neither false nor unknown."""
        value = self(op)
        return self.graph.both(value.valid, value.data)

    def cast(self, node: Node, kind: Kind) -> Node:
        """The data as another kind of number."""
        if node.kind == kind:
            return node
        if node.op == "constant":
            return self.graph.constant(kind, TYPE[kind](node.extra))
        if (node.kind, kind) not in (("b", "i"), ("i", "f"), ("i", "w"), ("w", "f"), ("w", "i")):
            return self.cast(self.cast(node, "i"), kind)
        return self.graph.node(f"{node.kind}_to_{kind}", kind, node)

    def alike(self, *nodes: Node) -> tuple[Node, ...]:
        """The nodes as the widest of their kinds."""
        kinds: list[Kind] = [node.kind for node in nodes]
        widest = next(kind for kind in _WIDEST if kind in kinds)
        return tuple(self.cast(node, widest) for node in nodes)

    def pick(self, condition: Node, a: Value, b: Value) -> Value:
        """The one where the condition holds, else the other."""
        graph = self.graph
        if b.valid is graph.false and b.data.op == "constant":
            return Value(a.data, graph.both(condition, a.valid))
        if a.valid is graph.false and a.data.op == "constant":
            return Value(b.data, graph.both(graph.negation(condition), b.valid))
        left, right = self.alike(a.data, b.data)
        return Value(
            graph.choice(condition, left, right), graph.choice(condition, a.valid, b.valid)
        )


_WIDEST: tuple[Kind, ...] = ("f", "w", "i", "b")


def _literal(to: Lowering, op: ops.Literal) -> Value:
    graph, value = to.graph, op.value
    kind = kind_of(op.dtype)
    if value is None:
        return Value(graph.constant(kind, TYPE[kind](0)), graph.false)
    if isinstance(op.dtype, dt.String):
        return Value(graph.constant("i", to.vocabulary.code(value)), graph.true)
    if isinstance(op.dtype, dt.Timestamp):
        value = (value.replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1)
    if isinstance(op.dtype, dt.Interval):
        value = value * (microseconds(op.dtype.unit))
    return Value(graph.constant(kind, TYPE[kind](value)), graph.true)


def _logic(to: Lowering, op: ops.And | ops.Or) -> Value:
    """Three values: false wins in `and`, true in `or`, else unknown does."""
    graph, left, right = to.graph, to(op.left), to(op.right)
    true = graph.both(left.valid, left.data), graph.both(right.valid, right.data)
    both_known = graph.both(left.valid, right.valid)
    if isinstance(op, ops.Or):
        data = graph.either(*true)
        return Value(data, graph.either(both_known, data))
    data = graph.both(*true)
    no = [graph.both(v.valid, graph.negation(v.data)) for v in (left, right)]
    if both_known is graph.true:
        return Value(data, graph.true)
    return Value(data, graph.either(data, graph.either(*no)))


def _not(to: Lowering, op: ops.Not) -> Value:
    value = to(op.arg)
    return Value(to.graph.negation(value.data), value.valid)


def _is_null(to: Lowering, op: ops.IsNull | ops.NotNull) -> Value:
    valid = to(op.arg).valid
    if isinstance(op, ops.IsNull):
        valid = to.graph.negation(valid)
    return Value(valid, to.graph.true)


def _if_else(to: Lowering, op: ops.IfElse) -> Value:
    return to.pick(to.truth(op.bool_expr), to(op.true_expr), to(op.false_null_expr))


def _cases(to: Lowering, op: ops.SearchedCase) -> Value:
    value = to(op.default)
    for case, result in reversed(list(zip(op.cases, op.results, strict=True))):
        value = to.pick(to.truth(case), to(result), value)
    return value


def _coalesce(to: Lowering, op: ops.Coalesce) -> Value:
    *before, last = [to(arg) for arg in op.arg]
    for value in reversed(before):
        if value.data.op == "input" and value.data.extra[0] == "sum" and _is_zero(last):
            last = Value(value.data, to.graph.true)  # the sum of nothing is 0 already
        else:
            last = to.pick(value.valid, value, last)
    return last


def _is_zero(value: Value) -> bool:
    return value.data.op == "constant" and value.data.extra == 0 and value.valid.extra is True


def _null_if(to: Lowering, op: ops.NullIf) -> Value:
    left, right = to(op.arg), to(op.null_if_expr)
    a, b = to.alike(left.data, right.data)
    same = to.graph.both(right.valid, to.graph.node(f"eq_{a.kind}", "b", a, b))
    return Value(left.data, to.graph.both(left.valid, to.graph.negation(same)))


def _extreme(to: Lowering, op: ops.Greatest | ops.Least) -> Value:
    """The greatest or least of those that are there."""
    name = "greatest" if isinstance(op, ops.Greatest) else "least"
    first, *rest = [to(arg) for arg in op.arg]
    for other in rest:
        a, b = to.alike(first.data, other.data)
        both = Value(to.graph.node(f"{name}_{a.kind}", a.kind, a, b), to.graph.true)
        one = to.pick(first.valid, Value(a, first.valid), Value(b, other.valid))
        first = to.pick(to.graph.both(first.valid, other.valid), both, one)
    return first


def _in_values(to: Lowering, op: ops.InValues) -> Value:
    value = to(op.value)
    if not isinstance(op.value.dtype, dt.String):
        raise Unsupported("choice among other values than texts")
    codes = frozenset(to.vocabulary.code(option.value) for option in op.options)
    return Value(to.graph.node("lookup", "b", value.data, extra=codes), value.valid)


def _contains(to: Lowering, op: ops.ArrayContains) -> Value:
    """Whether a text's parts between separators hold a given one."""
    parts, wanted = op.arg, op.other
    if not (isinstance(parts, ops.StringSplit) and isinstance(wanted, ops.Literal)):
        raise Unsupported("search in an array")
    text = to(parts.arg)
    extra = tuple(map(to.vocabulary.code, (parts.delimiter.value, wanted.value)))
    return Value(to.graph.node("has_part", "b", text.data, extra=extra), text.valid)


_LOWERED: dict[type, Callable[[Lowering, Any], Value]] = {
    **arithmetic.LOWERED,
    ops.Literal: _literal,
    ops.And: _logic,
    ops.Or: _logic,
    ops.Not: _not,
    ops.IsNull: _is_null,
    ops.NotNull: _is_null,
    ops.IfElse: _if_else,
    ops.SearchedCase: _cases,
    ops.Coalesce: _coalesce,
    ops.NullIf: _null_if,
    ops.Greatest: _extreme,
    ops.Least: _extreme,
    ops.InValues: _in_values,
    ops.ArrayContains: _contains,
}
