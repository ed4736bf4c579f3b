"""A plan compiled for this engine: scopes in order, run from the tables to the result."""

from collections.abc import Mapping, Sequence
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from src.features.memory.faults import Unsupported
from src.features.memory.nodes import Node
from src.features.memory.relations import Relations
from src.features.memory.scope import Block, Scope
from src.features.memory.tables import Given
from src.features.memory.texts import Vocabulary


class Program:
    """What `compiled` made of a plan; runs in several threads at once do not see each other."""

    def __init__(
        self, scopes: Sequence[Scope], row: Node, figures: Sequence[tuple[Node, Node]],
        vocabulary: Vocabulary, last: Scope,
    ) -> None:  # fmt: skip
        self._scopes = scopes
        self._parents = [[scopes.index(p) for p in s.source.parents] for s in scopes]
        self._last = scopes.index(last)
        self._row = row
        self._data = np.array([data.place for data, _ in figures], dtype=np.intp)
        self._valid = np.array([valid.place for _, valid in figures], dtype=np.intp)
        self._vocabulary = vocabulary

    def run(self, tables: Mapping[str, pa.Table]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The result's rows by number, and their figures (n, columns), NaN where unknown.

        Raises OutOfBounds where another engine has to answer.
        """
        given = Given(tables, self._vocabulary.copy())
        blocks: list[Block] = []
        with np.errstate(all="ignore"):
            for scope, parents in zip(self._scopes, self._parents, strict=True):
                blocks.append(scope.run([blocks[number] for number in parents], given))
        last = blocks[self._last]
        figures = last.matrices["f"][self._data]
        figures[~last.matrices["b"][self._valid]] = np.nan
        return last.column(self._row), figures.T


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
    figures: list[Any] = [(value.data, value.valid) for value in columns]
    return Program(scopes, row.data, figures, vocabulary, view.scope)
