"""A relation's columns in the rows of a scope."""

from collections.abc import Callable

from src.features.memory.nodes import Value
from src.features.memory.scope import Scope


class View:
    """A relation: the scope that has its rows, and its columns there, made when first asked for."""

    def __init__(self, scope: Scope, make: Callable[[str], Value]) -> None:
        self.scope = scope
        self._make = make
        self._columns: dict[str, Value] = {}

    def column(self, name: str) -> Value:
        """The column called `name`."""
        if name not in self._columns:
            self._columns[name] = self._make(name)
        return self._columns[name]


def carried(scope: Scope, port: str, *values: Value) -> Value:
    """Columns of a source's parents, as a column of the scope."""
    graph = scope.graph
    first = values[0]
    if len(values) == 1 and first.data.op == "constant":
        data = graph.constant(first.data.kind, first.data.extra)
    else:
        data = scope.read(first.data.kind, port, *(v.data for v in values))
    certain = {v.valid.extra if v.valid.op == "constant" else None for v in values}
    if certain in ({True}, {False}):
        return Value(data, graph.true if True in certain else graph.false)
    return Value(data, scope.read("b", port, *(v.valid for v in values)))
