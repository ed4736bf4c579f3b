"""Arithmetic, comparisons and conversions as nodes, with what they do where a value is missing."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops

from src.features.memory.faults import Unsupported
from src.features.memory.kinds import TYPE, kind_of, microseconds
from src.features.memory.nodes import Kind, Value

if TYPE_CHECKING:
    from src.features.memory.values import Lowering

_ARITHMETIC = {ops.Add: "add", ops.Subtract: "sub", ops.Multiply: "mul"}
_COMPARISONS: dict[type, tuple[str, bool]] = {
    ops.Less: ("lt", False),
    ops.LessEqual: ("le", False),
    ops.Greater: ("lt", True),
    ops.GreaterEqual: ("le", True),
    ops.Equals: ("eq", False),
    ops.NotEquals: ("eq", False),
}


def _arithmetic(to: "Lowering", op: ops.Binary) -> Value:
    left, right = to(op.left), to(op.right)
    a, b = to.alike(left.data, right.data)
    if a.kind == "b":
        a, b = to.cast(a, "i"), to.cast(b, "i")
    data = to.graph.node(f"{_ARITHMETIC[type(op)]}_{a.kind}", a.kind, a, b)
    return Value(data, to.graph.both(left.valid, right.valid))


def _divide(to: "Lowering", op: ops.Divide) -> Value:
    left, right = to(op.left), to(op.right)
    data = to.graph.node("div_f", "f", to.cast(left.data, "f"), to.cast(right.data, "f"))
    return Value(data, to.graph.both(left.valid, right.valid))


def _floor_divide(to: "Lowering", op: ops.FloorDivide) -> Value:
    """As the other engine does it: the quotient as float, and down."""
    quotient = _divide(to, op)
    down = to.graph.node("floor_f", "f", quotient.data)
    return Value(to.graph.node("f_to_i", "i", down, quotient.valid), quotient.valid)


def _comparison(to: "Lowering", op: ops.Comparison) -> Value:
    name, swapped = _COMPARISONS[type(op)]
    left, right = to(op.left), to(op.right)
    a, b = to.alike(left.data, right.data)
    if isinstance(op.left.dtype, dt.String) and name != "eq":
        raise Unsupported("order of texts")
    if a.kind == "b":
        a, b = to.cast(a, "i"), to.cast(b, "i")
    data = to.graph.node(f"{name}_{a.kind}", "b", *((b, a) if swapped else (a, b)))
    if isinstance(op, ops.NotEquals):
        data = to.graph.negation(data)
    return Value(data, to.graph.both(left.valid, right.valid))


def _unary(name: str, kind: Kind | None) -> Callable[["Lowering", ops.Unary], Value]:
    def lowered(to: "Lowering", op: ops.Unary) -> Value:
        value = to(op.arg)
        data = to.cast(value.data, kind) if kind else value.data
        return Value(to.graph.node(f"{name}_{data.kind}", data.kind, data), value.valid)

    return lowered


def _cast(to: "Lowering", op: ops.Cast) -> Value:
    value, source, target = to(op.arg), op.arg.dtype, op.to
    kind = kind_of(target)
    if isinstance(source, dt.Null):
        return Value(to.graph.constant(kind, TYPE[kind](0)), to.graph.false)
    number = dt.Numeric | dt.Boolean
    if type(source) is not type(target) and not (
        isinstance(source, number) and isinstance(target, number)
    ):
        raise Unsupported(f"{source} as {target}")
    if value.data.kind == "f" and kind == "i":
        near = to.graph.node("nearest_f", "f", value.data)
        return Value(to.graph.node("f_to_i", "i", near, value.valid), value.valid)
    if value.data.kind == "f" and kind == "w":
        whole = to.graph.node("round_f", "f", value.data)
        return Value(to.graph.node("f_to_w", "w", whole, value.valid), value.valid)
    if value.data.kind == "f" and kind != "f":
        raise Unsupported(f"{source} as {target}")
    return Value(to.cast(value.data, kind), value.valid)


def _round(to: "Lowering", op: ops.Round) -> Value:
    value = to(op.arg)
    if value.data.kind != "f":
        raise Unsupported("rounding of anything but floats")
    if not isinstance(op.dtype, dt.Integer):
        if not isinstance(op.digits, ops.Literal):
            raise Unsupported("rounding to computed digits")
        scale = to.graph.constant("f", 10.0**op.digits.value)
        scaled = to.graph.node("mul_f", "f", value.data, scale)
        whole = to.graph.node("round_f", "f", scaled)
        return Value(to.graph.node("div_f", "f", whole, scale), value.valid)
    away = to.graph.node("round_f", "f", value.data)
    return Value(to.graph.node("f_to_i", "i", away, value.valid), value.valid)


def _logarithm(to: "Lowering", op: ops.Ln) -> Value:
    value = to(op.arg)
    data = to.graph.node("ln_f", "f", to.cast(value.data, "f"), value.valid)
    return Value(data, value.valid)


def _moved(to: "Lowering", op: ops.TimestampAdd | ops.TimestampSub | ops.TimestampDelta) -> Value:
    left, right = to(op.left), to(op.right)
    if isinstance(op, ops.TimestampDelta) and op.part.value != "microsecond":
        raise Unsupported(f"time in {op.part.value}")
    name = "later_i" if isinstance(op, ops.TimestampAdd) else "earlier_i"
    data = to.graph.node(name, "i", left.data, right.data)
    return Value(data, to.graph.both(left.valid, right.valid))


def _interval(to: "Lowering", op: ops.IntervalFromInteger) -> Value:
    value = to(op.arg)
    size = to.graph.constant("i", microseconds(op.unit))
    return Value(to.graph.node("mul_i", "i", to.cast(value.data, "i"), size), value.valid)


LOWERED: dict[type, Callable[["Lowering", Any], Value]] = {
    **dict.fromkeys(_ARITHMETIC, _arithmetic),
    **dict.fromkeys(_COMPARISONS, _comparison),
    ops.Divide: _divide,
    ops.FloorDivide: _floor_divide,
    ops.Negate: _unary("negative", None),
    ops.Abs: _unary("absolute", None),
    ops.Sqrt: _unary("root", "f"),
    ops.Cast: _cast,
    ops.Ln: _logarithm,
    ops.Round: _round,
    ops.TimestampAdd: _moved,
    ops.TimestampSub: _moved,
    ops.TimestampDelta: _moved,
    ops.IntervalFromInteger: _interval,
}
