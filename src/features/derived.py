"""Figures that are computed from other columns of the same row."""

from collections.abc import Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from src.features.definitions.derived import Above, Derived, Difference, Mix, Ratio, Stage


def layers(definitions: Sequence[Any]) -> list[list[Derived]]:
    """Derived definitions in layers, each needing only what stands before it."""
    depth: dict[str, int] = {}
    layers: list[list[Derived]] = []
    for d in definitions:
        if not isinstance(d, Derived):
            depth[d.name] = 0
            continue
        depth[d.name] = 1 + max(depth[name] for name in d.needs)
        layers += [[] for _ in range(depth[d.name] - len(layers))]
        layers[depth[d.name] - 1].append(d)
    return layers


def derived_figure(wide: ir.Table, d: Derived) -> ir.FloatingValue:
    """The figure out of columns that `wide` has already."""
    if isinstance(d, Ratio):
        return wide[d.numerator] / wide[d.denominator].nullif(0.0) * d.scale
    if isinstance(d, Difference):
        return wide[d.left] - wide[d.right]
    if isinstance(d, Mix):
        return _mix(wide, d)
    return _above(wide, d) if isinstance(d, Above) else _stage(wide, d)


def _mix(wide: ir.Table, d: Mix) -> ir.FloatingValue:
    parts = [ibis.greatest(wide[name].fill_null(0.0), 0.0) for name in d.parts]
    if d.how == "used":
        return _sum([(part > 0.0).cast("float64") for part in parts])
    total = _sum(parts)
    if d.how == "herfindahl":
        return _sum([part * part for part in parts]) / (total * total).nullif(0.0)
    shares = [(part / total.nullif(0.0)).nullif(0.0) for part in parts]
    terms = [(share * share.ln()).fill_null(0.0) for share in shares]
    return ibis.ifelse(total > 0.0, ibis.greatest(0.0 - _sum(terms), 0.0), None)


def _above(wide: ir.Table, d: Above) -> ir.FloatingValue:
    level = wide[d.level]
    exceeding = [
        ibis.ifelse(level < grade, wide[name].fill_null(0.0), 0.0)
        for grade, name in d.parts.items()
    ]
    return ibis.ifelse(level.notnull(), _sum(exceeding), None)


def _stage(wide: ir.Table, d: Stage) -> ir.FloatingValue:
    branches = []
    for each in d.classes:
        bounds = []
        for name, (low, below) in each.when.items():
            value = wide[name]
            bounds += [] if low is None else [value >= low]
            bounds += [] if below is None else [value < below]
            bounds.append(value.notnull())
        branches.append((ibis.and_(*bounds).fill_null(False), float(each.code)))
    return ibis.cases(*branches, else_=ibis.null("float64"))


def _sum(parts: Sequence[ir.FloatingValue]) -> ir.FloatingValue:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
