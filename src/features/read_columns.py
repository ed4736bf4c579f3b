"""Which columns of each table a plan reads: what nobody reads is neither fetched nor carried."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import ibis.expr.operations as ops
import ibis.expr.types as ir

from src.features.plan import Kernel

Asked = Mapping[str, Collection[str]]
# What passes each of its columns on by itself, or computes it.
_BY_COLUMN = (ops.Project, ops.Filter, ops.DropColumns, ops.Aggregate, ops.JoinChain)


def asked_of(
    steps: Mapping[str, ir.Table], kernels: Mapping[str, Kernel], result: ir.Table
) -> Asked:
    """By name, the columns that the plan reads of each step and table; none is there of what
    nobody reads.

    A lean kernel takes what its step's expression names for what is asked of it; a query may name
    any column of its tables, and they have to be there.
    """
    asked: defaultdict[str, set[str]] = defaultdict(set)
    _ask_all(result, asked)
    for name, expression in reversed(list(steps.items())):
        if name not in asked:
            continue
        kernel = kernels.get(name)
        if kernel is None:
            _ask_all(expression, asked)
            continue
        named: defaultdict[str, set[str]] = defaultdict(set)
        if kernel.lean:
            _ask(expression, asked[name], named)
        for table, columns in named.items():
            asked[table] |= columns
        for read in kernel.reads:
            if not (isinstance(read.op(), ops.UnboundTable) and read.op().name in named):
                _ask_all(read, asked)
    return asked


def _ask_all(expression: ir.Table, asked: defaultdict[str, set[str]]) -> None:
    for table in expression.op().find(ops.UnboundTable):
        asked[table.name] |= set(table.schema.names)


def _ask(expression: ir.Table, columns: Iterable[str], asked: defaultdict[str, set[str]]) -> None:
    """Add what these columns of the expression are computed from."""
    of: defaultdict[ops.Relation, set[str]] = defaultdict(set)
    of[expression.op()] |= set(columns)
    for relation in reversed(expression.op().find(ops.Relation, ordered=True)):
        if isinstance(relation, ops.UnboundTable):
            # who only counts rows needs some column
            asked[relation.name] |= of[relation] or {relation.schema.names[0]}
        elif isinstance(relation, ops.Reference):
            of[relation.parent] |= of[relation]
        else:
            _ask_parents(relation, of)


def _ask_parents(relation: ops.Relation, of: defaultdict[ops.Relation, set[str]]) -> None:
    if not isinstance(relation, _BY_COLUMN):
        for parent in relation.__children__:
            if isinstance(parent, ops.Relation):
                of[parent] |= set(parent.schema.names)
        return
    for value in (*(relation.values[name] for name in of[relation]), *_conditions(relation)):
        for field in value.find(ops.Field, filter=ops.Value):
            of[field.rel].add(field.name)
        for query in value.find(ops.Subquery, filter=ops.Value):
            of[query.rel] |= set(query.rel.schema.names)


def _conditions(relation: ops.Relation) -> Sequence[ops.Value]:
    """What decides on the rows, whichever columns are asked for."""
    if isinstance(relation, ops.Filter):
        return list(relation.predicates)
    if isinstance(relation, ops.Aggregate):
        return list(relation.groups.values())
    if isinstance(relation, ops.JoinChain):
        return [condition for link in relation.rest for condition in link.predicates]
    return []
