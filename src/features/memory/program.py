"""A plan compiled for this engine: scopes in order, run from the tables to the result."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import is_

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from src.core.ledger import Columns
from src.features.memory.faults import Unsupported
from src.features.memory.nodes import Node, Value
from src.features.memory.relations import Relations
from src.features.memory.scope import Block, Scope
from src.features.memory.tables import Given
from src.features.memory.texts import Vocabulary

MARKET = ("products", "prices", "fx_rates")
CUSTOMERS = ("customers", "questionnaires")


class Program:
    """What `compiled` made of a plan; runs in several threads at once do not see each other.

    What follows from the market alone is computed once for the same tables (of two markets: that
    of the bank, and one with products that a request brings).
    """

    def __init__(
        self,
        scopes: Sequence[Scope],
        last: Scope,
        row: Node,
        figures: Sequence[Value],
        vocabulary: Vocabulary,
    ) -> None:
        numbers = {scope: number for number, scope in enumerate(scopes)}
        self._last, self._row = numbers[last], row
        self._data = np.array([figure.data.place for figure in figures], dtype=np.intp)
        self._valid = np.array([figure.valid.place for figure in figures], dtype=np.intp)
        self._vocabulary = vocabulary
        of_market: set[Scope] = set()
        self._market: list[tuple[int, Scope, list[int]]] = []
        self._others: list[tuple[int, Scope, list[int]]] = []
        for number, scope in enumerate(scopes):
            parents = scope.source.parents
            step = number, scope, [numbers[parent] for parent in parents]
            table = getattr(scope.source, "table", None)
            if table in MARKET or (parents and of_market.issuperset(parents)):
                of_market.add(scope)
                self._market.append(step)
            else:
                self._others.append(step)
        self._of_market = lru_cache(maxsize=2)(self._run_market)

    def run(
        self, tables: Mapping[str, pa.Table | Columns]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The result's rows by number, and their figures (n, columns), NaN where unknown.

        Raises OutOfBounds where another engine has to answer.
        """
        vocabulary, held = self._of_market(_Same(tuple(tables[name] for name in MARKET)))
        given, blocks = Given(tables, vocabulary.copy()), dict(held)
        given.require_unique(CUSTOMERS)
        for number, scope, parents in self._others:
            blocks[number] = scope.run([blocks[parent] for parent in parents], given)
        last = blocks[self._last]
        figures = last.cells[self._data].view(np.float64)
        figures[last.cells[self._valid] == 0] = np.nan
        return last.column(self._row), figures.T

    def _run_market(self, market: "_Same") -> tuple[Vocabulary, dict[int, Block]]:
        tables = dict(zip(MARKET, market.tables, strict=True))
        blocks: dict[int, Block] = {}
        given = Given(tables, self._vocabulary.copy())
        given.require_unique(MARKET)
        for number, scope, parents in self._market:
            blocks[number] = scope.run([blocks[parent] for parent in parents], given)
        return given.vocabulary, blocks


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
    return Program(scopes, view.scope, row.data, columns, vocabulary)
