"""A plan as what runs over each slice: statements that the engine has parsed, and kernels."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

import duckdb
import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from src.core.schemas import TABLES
from src.features.plan import SPINE, Kernel, Plan
from src.features.read_columns import asked_of


@dataclass(frozen=True)
class Computed:
    """A step that has a kernel: the statements of what it reads, or the names of the tables in
    this process that it takes as they are, and the kernel."""

    reads: tuple[duckdb.Statement | str, ...]
    kernel: Kernel


Step = duckdb.Statement | Computed


@dataclass(frozen=True)
class Result:
    """The plan's result: by name the columns that are another's of a table in this process, and a
    statement for row and all others, if there are any."""

    columns: tuple[str, ...]
    table: str
    taken: Mapping[str, str]
    others: duckdb.Statement | None


@dataclass(frozen=True)
class Compiled:
    """Steps by the name of the table that each makes, the result, and what is read of the ledger.

    shared: the steps that do not depend on the spine. ledger: columns by table, of those that are
    read, in the order of their schemas.
    """

    shared: tuple[tuple[str, Step], ...]
    steps: tuple[tuple[str, Step], ...]
    result: Result
    ledger: Mapping[str, tuple[str, ...]]


def compiled(plan: Plan, result: ir.Table, engine: Backend) -> Compiled:
    """The plan for an engine to which the ledger's tables are given, and the spine's slice.

    Where there is no Numba the engine computes every step.
    """
    kernels = plan.kernels if find_spec("numba") else {}
    asked = asked_of(plan.steps, kernels, result)
    tables = {name: plan[name].get_name() for name in TABLES}
    given, of_spine = {SPINE, *tables.values()}, {SPINE}
    parts: tuple[list[tuple[str, Step]], list[tuple[str, Step]]] = [], []
    for name, expression in plan.steps.items():
        if name not in asked:
            continue
        if not of_spine.isdisjoint(table.name for table in expression.op().find(ops.UnboundTable)):
            of_spine.add(name)
        step: Step
        if name in kernels:
            kernel = kernels[name]
            reads = (_read(engine, read, given, asked) for read in kernel.reads)
            step = Computed(tuple(reads), kernel)
            given |= {name} & of_spine
        else:
            kind = "TEMP TABLE" if name in of_spine else "TABLE"
            sql = ibis.to_sql(expression, dialect=engine.name)
            step = _statement(engine, f'CREATE OR REPLACE {kind} "{name}" AS {sql}')
        parts[name in of_spine].append((name, step))
    ledger = {
        name: tuple(c for c in plan[name].columns if c in asked[table])
        for name, table in tables.items()
        if table in asked
    }
    made = given & kernels.keys()
    return Compiled(tuple(parts[0]), tuple(parts[1]), _result(engine, result, made), ledger)


def _read(
    engine: Backend, read: ir.Table, given: Collection[str], asked: Mapping[str, Collection[str]]
) -> duckdb.Statement | str:
    table = read.op()
    if isinstance(table, ops.UnboundTable):
        name: str = table.name
        if name in given:
            return name
        read = read.select([column for column in read.columns if column in asked[name]])
    return _statement(engine, str(ibis.to_sql(read, dialect=engine.name)))


def _result(engine: Backend, result: ir.Table, made: Collection[str]) -> Result:
    values = result.op().values.items() if isinstance(result.op(), ops.Project) else ()
    sources = {name: _source(value) for name, value in values}
    table = next((of[0] for of in sources.values() if of and of[0] in made), "")
    taken = {name: of[1] for name, of in sources.items() if of and of[0] == table}
    if taken.get("row") != "row":
        table, taken = "", {}
    others = [name for name in result.columns if name not in taken]
    statement = None
    if others:
        wanted = result.select(list(dict.fromkeys(["row", *others])))
        statement = _statement(engine, str(ibis.to_sql(wanted, dialect=engine.name)))
    return Result(tuple(result.columns), table, taken, statement)


def _source(value: ops.Value) -> tuple[str, str] | None:
    """The table and the column of it that a value is, if it is one as it stands."""
    while isinstance(value, ops.Field):
        if isinstance(value.rel, ops.UnboundTable):
            return value.rel.name, value.name
        if not isinstance(value.rel, ops.Project):
            return None
        value = value.rel.values[value.name]
    return None


def _statement(engine: Backend, sql: str) -> duckdb.Statement:
    statement: duckdb.Statement = engine.con.extract_statements(sql)[0]
    return statement
