"""Operations without nulls: what each row's value and its being there are computed by.

A column with nulls is a pair of nodes: its data, which says nothing where the value is missing,
and a boolean that says where it is there. So nulls cost only where they can occur.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, Literal

# Kinds of data: float, 64-bit integer (timestamps in microseconds and codes of texts as well),
# integer wider than 64 bits, boolean, and an order of the rows.
Kind = Literal["f", "i", "w", "b", "o"]
# How many columns of the machine each takes.
WIDTH: dict[Kind, int] = {"f": 1, "i": 1, "w": 2, "b": 1, "o": 3}


@dataclass(eq=False, slots=True)
class Node:
    """One operation on nodes of the same rows. `extra`: what it takes besides them."""

    op: str
    kind: Kind
    args: tuple["Node", ...] = ()
    extra: Any = None
    place: int = -1
    is_live: bool = field(default=False)


@dataclass(frozen=True, slots=True)
class Value:
    """A column: its data and where it is there."""

    data: Node
    valid: Node


class Graph:
    """The nodes over one set of rows, each operation once."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._known: dict[Hashable, Node] = {}
        self.true = self.constant("b", True)
        self.false = self.constant("b", False)

    def node(self, op: str, kind: Kind, *args: Node, extra: Hashable = None) -> Node:
        """The operation on these nodes; the one that stands already if it does."""
        key = (op, kind, tuple(map(id, args)), extra)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = Node(op, kind, args, extra)
            self.nodes.append(found)
        return found

    def constant(self, kind: Kind, value: Any) -> Node:
        """The same value in every row."""
        return self.node("constant", kind, extra=value)

    def both(self, a: Node, b: Node) -> Node:
        """Where a and b hold."""
        if a is b or b is self.true or a is self.false:
            return a
        if a is self.true or b is self.false:
            return b
        return self.node("and", "b", a, b)

    def either(self, a: Node, b: Node) -> Node:
        """Where a or b holds."""
        if a is b or b is self.false or a is self.true:
            return a
        if a is self.false or b is self.true:
            return b
        return self.node("or", "b", a, b)

    def negation(self, a: Node) -> Node:
        """Where a does not hold."""
        if a is self.true:
            return self.false
        if a is self.false:
            return self.true
        return a.args[0] if a.op == "not" else self.node("not", "b", a)

    def choice(self, condition: Node, a: Node, b: Node) -> Node:
        """The one where the condition holds, else the other: of one kind."""
        if a is condition:
            return self.either(a, b)
        if a is b or condition is self.true:
            return a
        if condition is self.false:
            return b
        if a.kind == "b":
            if b is self.false:
                return self.both(condition, a)
            if b is self.true:
                return self.either(self.negation(condition), a)
            if a is self.true:
                return self.either(condition, b)
            if a is self.false:
                return self.both(self.negation(condition), b)
        return self.node("choice_w" if a.kind == "w" else "choice", a.kind, condition, a, b)
