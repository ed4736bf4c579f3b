"""Texts as whole numbers: equal texts have equal codes."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


class Vocabulary:
    """Codes of texts, 0 where there is none. A copy of a compiled plan's takes up the texts of a
    ledger."""

    def __init__(self, codes: Mapping[str | None, int] | None = None) -> None:
        self._codes: dict[str | None, int] = dict(codes or {None: 0})

    def code(self, text: str) -> int:
        """The code of a text, a new one if it has none."""
        return self._codes.setdefault(text, len(self._codes))

    def codes(self, texts: Sequence[str | None]) -> NDArray[np.int64]:
        """The codes of texts."""
        for text in set(texts) - self._codes.keys():
            self._codes[text] = len(self._codes)
        return np.fromiter(map(self._codes.__getitem__, texts), np.int64, len(texts))

    def texts(self) -> list[str]:
        """All texts, in the order of their codes; an empty one for none."""
        return [text or "" for text in self._codes]

    def copy(self) -> "Vocabulary":
        """Another one with the same codes."""
        return Vocabulary(self._codes)
