"""Many entries of one kind as columns: one array per field, all of one length."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self, TypeVar

import numpy as np

from src.bank.calendar import Flags, Ints


@dataclass(frozen=True)
class Entries:
    """Base of such columns."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def at(self, rows: Ints | Flags) -> Self:
        """Some of the entries."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))


E = TypeVar("E", bound=Entries)


def together(parts: Sequence[E]) -> E:
    """All parts, of which there is at least one, one after the other."""
    kind = type(parts[0])
    columns = ([getattr(part, field.name) for part in parts] for field in fields(kind))
    return kind(*map(np.concatenate, columns))
