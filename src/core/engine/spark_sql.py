"""Spark's dialect of the Ibis expressions, where Ibis itself leaves it out or gets it inexact.

Whole numbers: Spark multiplies 64-bit integers in 64 bits and divides them as floats, where DuckDB
widens and floors. As-of joins: Spark SQL has none; a window over both sides is the same.
"""

import math
from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.pyspark import PySparkCompiler

_WIDE = dt.Decimal(38, 0)
_SIDE, _AT, _LATEST = "kehu_side", "kehu_at", "kehu_latest"


class SparkCompiler(PySparkCompiler):  # type: ignore[misc]
    """Ibis' compiler for PySpark, with exact whole numbers and as-of joins."""

    __slots__ = ()

    def translate(self, op: ops.Node, *, params: Mapping[ir.Value, Any]) -> sge.Expression:
        """The expression in SQL, its as-of joins as windows."""
        query: sge.Expression = super().translate(op.replace(_without_asof), params=params)
        return query

    def visit_NonNullLiteral(  # noqa: N802
        self, op: ops.Literal, *, value: Any, dtype: dt.DataType
    ) -> sge.Expression | None:
        """A float is one: Spark takes 0.1 for a decimal, and divides by it as by one."""
        literal: sge.Expression | None
        if _is_finite(value, dtype):
            literal = self.cast(sge.convert(value), dtype)
        else:
            literal = super().visit_NonNullLiteral(op, value=value, dtype=dtype)
        return literal

    def visit_Multiply(  # noqa: N802
        self, op: ops.Multiply, *, left: sge.Expression, right: sge.Expression
    ) -> sge.Expression:
        """Products of two whole columns in 38 digits: squares of money don't fit 64 bits."""
        if _may_grow(op.left) and _may_grow(op.right):
            left, right = self.cast(left, _WIDE), self.cast(right, _WIDE)
        return sge.Mul(this=sge.paren(left), expression=sge.paren(right))

    def visit_FloorDivide(  # noqa: N802
        self, op: ops.FloorDivide, *, left: sge.Expression, right: sge.Expression
    ) -> sge.Expression:
        """Whole numbers divided as such: the quotient of floats may round up over the border."""
        quotient: sge.Expression
        if op.left.dtype.is_integer() and op.right.dtype.is_integer():
            whole = sge.paren(sge.paren(left) - self.f.anon.pmod(left, right))
            quotient = self.cast(sge.IntDiv(this=whole, expression=sge.paren(right)), op.dtype)
        else:
            quotient = super().visit_FloorDivide(op, left=left, right=right)
        return quotient


def _is_finite(value: Any, dtype: dt.DataType) -> bool:
    return bool(dtype.is_floating() and math.isfinite(value))


def _may_grow(factor: ops.Value) -> bool:
    """Whether a factor is a whole number of any size: no constant and no truth value."""
    truth = isinstance(factor, ops.Cast) and factor.arg.dtype.is_boolean()
    return factor.dtype.is_integer() and not truth and not isinstance(factor, ops.Literal)


def _without_asof(node: ops.Node, changed: Mapping[str, Any] | None) -> ops.Node:
    """The node with its rewritten children, a chain of as-of joins as windows."""
    if changed:
        node = node.__recreate__(changed)
    if isinstance(node, ops.JoinChain) and any(link.how == "asof" for link in node.rest):
        return _windowed(node)
    return node


def _windowed(chain: ops.JoinChain) -> ops.Relation:
    """A chain of as-of joins, each of a time and one key: the rows and those to find are put in one
    order of time, and each row sees the last one to find that stands before it.

    Raises NotImplementedError on any other chain.
    """
    rows = chain.first.parent.to_expr()
    places = {(chain.first, name): name for name in rows.columns}
    for number, link in enumerate(chain.rest):
        if link.how != "asof":
            raise NotImplementedError(f"a {link.how} join in a chain with as-of joins")
        rows = _with_latest(rows, link, number, places)
    columns = {}
    for name, value in chain.values.items():
        if not isinstance(value, ops.Field):
            raise NotImplementedError(f"a computed column, {name}, of an as-of join")
        columns[name] = rows[places[value.rel, value.name]]
    return rows.select(**columns).op()


def _with_latest(
    rows: ir.Table, link: ops.JoinLink, number: int, places: dict[tuple[Any, str], str]
) -> ir.Table:
    """`rows` with the columns of the last row of link.table before each; `places` says where."""
    found = link.table.parent.to_expr()
    [key] = [p for p in link.predicates if isinstance(p, ops.Equals)]
    [before] = [p for p in link.predicates if isinstance(p, ops.Less)]
    ours = {p.rel: places[p.rel, p.name] for p in (key.left, key.right) if p.rel != link.table}
    [our_key] = ours.values()
    [its_key] = [p.name for p in (key.left, key.right) if p.rel == link.table]
    content = ibis.struct({name: found[name] for name in found.columns})
    asking = rows.mutate(
        **{
            _AT: rows[places[before.right.rel, before.right.name]],
            _SIDE: ibis.literal(0, type="int8"),
            _LATEST: ibis.null(content.type()),
        }
    )
    nothing = {name: ibis.null(rows[name].type()) for name in rows.columns if name != our_key}
    telling = found.filter(found[its_key].notnull()).select(
        **{
            **nothing,
            our_key: found[its_key],
            _AT: found[before.left.name],
            _SIDE: ibis.literal(1, type="int8"),
            _LATEST: content,
        }
    )
    both = asking.union(telling.select(asking.columns))
    # at the same instant the row that asks comes first: it sees what is strictly before
    order = ibis.window(group_by=our_key, order_by=[_AT, _SIDE], preceding=None, following=0)
    both = both.mutate(**{_LATEST: both[_LATEST].last().over(order)})
    answered = both.filter(both[_SIDE] == 0)
    named = {f"kehu_{number}_{name}": answered[_LATEST][name] for name in found.columns}
    places |= {(link.table, name): f"kehu_{number}_{name}" for name in found.columns}
    return answered.select(*rows.columns, **named)
