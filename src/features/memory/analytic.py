"""Window functions as nodes: an order of the rows within groups, and what is read along it."""

from typing import TYPE_CHECKING

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops

from src.features.memory.faults import Unsupported
from src.features.memory.nodes import Node, Value

if TYPE_CHECKING:
    from src.features.memory.values import Lowering


def windowed(to: "Lowering", op: ops.WindowFunction) -> Value:
    """The value of a window function in each row. Raises Unsupported on other frames than those
    that occur: the whole group, all before the row, the row and all after it."""
    graph, func = to.graph, op.func
    order = _order(to, op)
    if isinstance(func, ops.RowNumber):
        return Value(graph.node("row_number", "i", order), graph.true)
    frame = op.how, _bound(op.start), _bound(op.end)
    if isinstance(func, ops.Lead | ops.Lag):
        if func.offset is not None or func.default is not None:
            raise Unsupported("lead or lag by more than one row")
        step = 1 if isinstance(func, ops.Lead) else -1
        arg = to(func.arg)
        data = graph.node(f"beside_{arg.data.kind}", arg.data.kind, order, arg.data, extra=step)
        return Value(data, graph.node("beside_b", "b", order, arg.valid, extra=step))
    if isinstance(func, ops.Max) and func.where is None and frame == ("rows", None, -1):
        arg = to(func.arg)
        if arg.data.kind != "i" or isinstance(func.dtype, dt.String):
            raise Unsupported("running maximum of anything but whole numbers")
        data = graph.node("greatest_before", "i", order, arg.data, arg.valid)
        return Value(data, graph.node("any_before", "b", order, arg.valid))
    if isinstance(func, ops.All) and func.where is None and frame == ("rows", 0, None):
        arg = to(func.arg)
        fails = graph.both(arg.valid, graph.negation(arg.data))
        none = graph.negation(graph.node("any_onwards", "b", order, fails))
        return Value(none, graph.node("any_onwards", "b", order, arg.valid))
    raise Unsupported(f"{type(func).__name__} over a window {frame}")


def _bound(boundary: ops.WindowBoundary | None) -> int | None:
    """Rows from this one, negative before it; None without bound."""
    if boundary is None:
        return None
    if not isinstance(boundary.value, ops.Literal):
        raise Unsupported("window with a computed bound")
    rows = int(boundary.value.value)
    return -rows if boundary.preceding else rows


def _order(to: "Lowering", op: ops.WindowFunction) -> Node:
    """Missing ones are a group of their own, and last in order, as the other engine has it."""
    graph, keys = to.graph, []
    for by in op.group_by:
        value = to(by)
        if value.valid is not graph.true:
            keys.append((to.cast(graph.negation(value.valid), "i"), False))
        keys.append((_filled(to, value), False))
    groups = len(keys)
    for key in op.order_by:
        if isinstance(key.arg.dtype, dt.String):
            raise Unsupported("order of texts")
        value = to(key.arg)
        if value.valid is not graph.true:
            keys.append((to.cast(graph.negation(value.valid), "i"), False))
        keys.append((_filled(to, value), key.descending))
    nodes = [node for node, _ in keys]
    return graph.node("order", "o", *nodes, extra=(groups, tuple(down for _, down in keys)))


def _filled(to: "Lowering", value: Value) -> Node:
    """Data of which all that is missing is alike."""
    data = to.cast(value.data, "i") if value.data.kind == "b" else value.data
    return to.graph.choice(value.valid, data, to.graph.constant(data.kind, 0))
