"""Rows that come from groups of others."""
# ruff: noqa: D102 - what the methods are says Source

from collections.abc import Iterable, Sequence

from src.features.memory.machine.reducing import NAMES
from src.features.memory.nodes import Node
from src.features.memory.scope import Reading, Scope
from src.features.memory.sources import SomeRows, by_port, gathering

_BY_KIND = ("sum", "least", "greatest")


class GroupedRows(SomeRows):
    """One row for each combination of keys. Ports: key, and the aggregates of each group."""

    opening = "grouped"

    def __init__(self, parent: Scope, keys: Sequence[Node]) -> None:
        super().__init__(parent)
        self._keys = keys

    def controls(self) -> Iterable[Node]:
        return self._keys

    def readings(self, inputs: Sequence[Node]) -> Sequence[Reading]:
        ports = dict(by_port(inputs))
        keys = gathering("key", ports.pop("key", []))
        code = [each for nodes in ports.values() for node in nodes for each in _instruction(node)]
        return [*keys, ("aggregates", code, ())] if code else keys


def _instruction(node: Node) -> Sequence[int]:
    port, read = node.extra
    kind = read[0].kind if read else "i"
    name = f"{port}_{kind}" if port in _BY_KIND else port
    if port == "arg_greatest" and kind == "w":
        name += "_w"
    return (NAMES.index(name), node.place, *([each.place for each in read] + [0, 0, 0])[:3])
