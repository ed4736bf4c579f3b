"""The columns over one set of rows: made of other rows by a source, then computed one by one."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from src.features.memory.nodes import WIDTH, Graph, Kind, Node

# How input columns are read: one of the machine's READINGS, and its two lists of numbers.
Reading = tuple[str, Sequence[int], Sequence[int]]


class Source(Protocol):
    """Where a scope's rows come from. An input node's `extra` is its port and its origins: the
    nodes of the parents that the port reads.

    opening: the machine's word for it. how: its variety, where it has several.
    """

    parents: tuple["Scope", ...]
    opening: str
    how: int

    def controls(self) -> Iterable[Node]:
        """The nodes of the parents that decide on the rows."""

    def lists(self) -> Sequence[Sequence[int]]:
        """What the machine finds the rows by: where the controls stand, and numbers."""

    def readings(self, inputs: Sequence[Node]) -> Sequence[Reading]:
        """What reads all of a scope's input nodes."""


class Scope:
    """Rows, and what is computed over them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.graph = Graph()
        self.is_live = False
        self.size = 0

    @property
    def live(self) -> Sequence[Node]:
        """The nodes that are needed, each after those that it takes."""
        return [node for node in self.graph.nodes if node.is_live]

    @property
    def inputs(self) -> Sequence[Node]:
        """Those of them that are read from the parents."""
        return [node for node in self.live if node.op == "input"]

    def read(self, kind: Kind, port: str, *origins: Node) -> Node:
        """An input node."""
        return self.graph.node("input", kind, extra=(port, origins))

    def mark(self) -> None:
        """Mark as live what live nodes need, here and in the parents."""
        self.is_live = True
        for node in reversed(self.graph.nodes):
            if not node.is_live:
                continue
            needed = node.extra[1] if node.op == "input" else node.args
            for other in needed:
                other.is_live = True
        for node in self.source.controls():
            node.is_live = True
        for parent in self.source.parents:
            parent.is_live = True

    def arrange(self) -> None:
        """Give each live node its place among the columns."""
        for node in self.live:
            if node.op == "b_to_i":  # truth is 0 or 1 already
                node.place = node.args[0].place
            else:
                node.place = self.size
                self.size += WIDTH[node.kind]
