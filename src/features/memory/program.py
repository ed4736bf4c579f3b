"""A plan compiled for this engine: scopes in order, run from the tables to the result."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import is_

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from src.core.ledger import Columns
from src.features.memory.faults import OutOfBounds, Unsupported
from src.features.memory.machine.code import Block, no_blocks
from src.features.memory.machine.columns import Cells
from src.features.memory.machine.scopes import carried_through
from src.features.memory.nodes import Node, Value
from src.features.memory.relations import Relations
from src.features.memory.scope import Scope
from src.features.memory.sources import TableRows
from src.features.memory.tables import Given, TableCells
from src.features.memory.texts import Vocabulary
from src.features.memory.writing import written

MARKET = ("products", "prices", "fx_rates")
CUSTOMERS = ("customers", "questionnaires")


class Program:
    """What `compiled` made of a plan; runs in several threads at once do not see each other.

    What follows from the market alone is computed once for the same tables (of two markets: that
    of the bank, and one with products that a request brings).
    """

    def __init__(
        self, scopes: Sequence[Scope], row: Node, figures: Sequence[Value], vocabulary: Vocabulary
    ) -> None:
        """row, figures: the result's columns, in the last of the scopes."""
        of_market = _of_market(scopes)
        order = sorted(scopes, key=lambda scope: scope not in of_market)
        self._code, self._size, self._market = written(order), len(order), len(of_market)
        self._tables = {
            number: TableCells(scope.source.table, scope.size, scope.source.wanted(scope.inputs))
            for number, scope in enumerate(order)
            if isinstance(scope.source, TableRows)
        }
        self._row = row.place
        self._data = np.array([figure.data.place for figure in figures], dtype=np.intp)
        self._valid = np.array([figure.valid.place for figure in figures], dtype=np.intp)
        self._vocabulary = vocabulary
        self._of_market = lru_cache(maxsize=2)(self._run_market)

    def run(
        self, tables: Mapping[str, pa.Table | Columns]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The result's rows by number, and their figures (n, columns), NaN where unknown.

        Raises OutOfBounds where another engine has to answer.
        """
        vocabulary, held = self._of_market(_Same(tuple(tables[name] for name in MARKET)))
        given = Given(tables, vocabulary.copy())
        given.require_unique(CUSTOMERS)
        cells, _ = self._carried_through(given, held, self._market, self._size)
        figures = cells[self._data].view(np.float64)
        figures[cells[self._valid] == 0] = np.nan
        return cells[self._row], figures.T

    def _run_market(self, market: "_Same") -> tuple[Vocabulary, list[Block]]:
        tables = dict(zip(MARKET, market.tables, strict=True))
        given = Given(tables, self._vocabulary.copy())
        given.require_unique(MARKET)
        held = no_blocks()
        if self._market:
            _, held = self._carried_through(given, held, 0, self._market)
        return given.vocabulary, held

    def _carried_through(
        self, given: Given, held: list[Block], begin: int, end: int
    ) -> tuple[Cells, list[Block]]:
        """What the machine makes of the scopes from number `begin` to `end`."""
        own = {number: each for number, each in self._tables.items() if begin <= number < end}
        tables, where = given.laid_out(own, end)
        texts = given.vocabulary.texts()
        fits, found, blocks = carried_through(self._code, texts, tables, where, held, end)
        if not fits:
            raise OutOfBounds
        return found, blocks


def _of_market(scopes: Sequence[Scope]) -> set[Scope]:
    """The scopes that read the market's tables alone."""
    found: set[Scope] = set()
    for scope in scopes:
        parents = scope.source.parents
        if getattr(scope.source, "table", None) in MARKET or (
            parents and found.issuperset(parents)
        ):
            found.add(scope)
    return found


class _Same:
    """Tables, equal where they are the very same objects."""

    def __init__(self, tables: tuple[pa.Table, ...]) -> None:
        self.tables = tables

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and all(map(is_, self.tables, other.tables))

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.tables)))


def compiled(steps: Mapping[str, ir.Table], result: ir.Table) -> Program:
    """The program of a plan's steps and result: `row` and columns of floats.

    Raises Unsupported if an operation of it is not written here.
    """
    vocabulary = Vocabulary()
    relations = Relations({name: step.op() for name, step in steps.items()}, vocabulary)
    view = relations.view(result.op())
    row, *columns = [view.column(name) for name in result.columns]
    if result.columns[0] != "row" or any(value.data.kind != "f" for value in columns):
        raise Unsupported("result with other columns than row and floats")
    for value in (row, *columns):
        value.data.is_live = value.valid.is_live = True
    view.scope.is_live = True
    for scope in reversed(relations.scopes):
        if scope.is_live:
            scope.mark()
    scopes = [scope for scope in relations.scopes if scope.is_live]
    for scope in scopes:
        scope.arrange()
    return Program(scopes, row.data, columns, vocabulary)
