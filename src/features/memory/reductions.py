"""Aggregates of groups as nodes: of which rows, and where there are any."""

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops

from src.features.memory.faults import Unsupported
from src.features.memory.nodes import Value
from src.features.memory.scope import Scope
from src.features.memory.values import Lowering


def reduction(scope: Scope, inner: Lowering, op: ops.Reduction) -> Value:
    """In each group in `scope` of the rows that `inner` is about. Raises Unsupported on others."""
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
