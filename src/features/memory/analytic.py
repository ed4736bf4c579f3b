"""Window functions as nodes: an order of the rows within groups, and what is read along it."""

from typing import TYPE_CHECKING, Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops

from src.features.memory.faults import Unsupported
from src.features.memory.nodes import Node, Value

if TYPE_CHECKING:
    from src.features.memory.values import Lowering


def windowed(to: "Lowering", op: ops.WindowFunction) -> Value:
    """The value of a window function in each row. Raises Unsupported on other frames than those
    that occur: the whole group, all before the row, all until it, the row and all after it."""
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
        if arg.data.kind == "w":
            raise Unsupported("wide number of the row before or after")
        data = graph.node("beside", arg.data.kind, order, arg.data, extra=step)
        return Value(data, graph.node("beside", "b", order, arg.valid, extra=step))
    if isinstance(func, ops.Max | ops.Min | ops.Sum) and func.where is None:
        return _aggregate(to, func, order, frame)
    if isinstance(func, ops.All) and func.where is None and frame == ("rows", 0, None):
        arg = to(func.arg)
        fails = graph.both(arg.valid, graph.negation(arg.data))
        none = graph.negation(graph.node("any_onwards", "b", order, fails))
        return Value(none, graph.node("any_onwards", "b", order, arg.valid))
    raise Unsupported(f"{type(func).__name__} over a window {frame}")


def _aggregate(to: "Lowering", func: ops.Reduction, order: Node, frame: Any) -> Value:
    """A greatest, least or sum of the group, or of its rows before this one or until it."""
    graph, arg, words = to.graph, to(func.arg), _FRAMES.get(frame)
    if words is None or isinstance(func.arg.dtype, dt.String) or arg.data.kind not in ("i", "w"):
        raise Unsupported(f"{type(func).__name__} of {func.arg.dtype} over a window {frame}")
    some = graph.node(f"any_{words}", "b", order, arg.valid)
    if isinstance(func, ops.Sum):
        data = graph.choice(arg.valid, to.cast(arg.data, "w"), graph.constant("w", 0))
        return Value(graph.node(f"sum_{words}", "w", order, data), some)
    kind, least = arg.data.kind, isinstance(func, ops.Min)
    if words == "until" or kind != "i":
        raise Unsupported(f"{type(func).__name__} over a window {frame}")
    data = graph.node("negative_i", "i", arg.data) if least else arg.data
    data = graph.node(f"greatest_{words}", "i", order, data, arg.valid)
    return Value(graph.node("negative_i", "i", data) if least else data, some)


_FRAMES: dict[Any, str] = {
    ("rows", None, None): "within",
    ("rows", None, -1): "before",
    ("rows", None, 0): "until",
    ("range", None, 0): "until",
}


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
    if any(node.kind != "i" for node in nodes):
        raise Unsupported("order of anything but whole numbers")
    return graph.node("order", "o", *nodes, extra=(groups, tuple(down for _, down in keys)))


def _filled(to: "Lowering", value: Value) -> Node:
    """Data of which all that is missing is alike."""
    data = to.cast(value.data, "i") if value.data.kind == "b" else value.data
    return to.graph.choice(value.valid, data, to.graph.constant(data.kind, 0))
