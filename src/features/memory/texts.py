"""Texts as whole numbers: equal texts have equal codes."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from src.features.memory.machine.texts import Texts


class Vocabulary:
    """Codes of texts, 0 where there is none. A copy of a compiled plan's takes up the texts of a
    ledger."""

    def __init__(self, codes: Mapping[str | None, int] | None = None) -> None:
        self._codes: dict[str | None, int] = dict(codes or {None: 0})
        self._listed = _listed(())

    def code(self, text: str) -> int:
        """The code of a text, a new one if it has none."""
        return self._codes.setdefault(text, len(self._codes))

    def codes(self, texts: Sequence[str | None]) -> NDArray[np.int64]:
        """The codes of texts."""
        for text in set(texts) - self._codes.keys():
            self._codes[text] = len(self._codes)
        return np.fromiter(map(self._codes.__getitem__, texts), np.int64, len(texts))

    def texts(self) -> Texts:
        """All texts, in the order of their codes; an empty one for none."""
        characters, begins = self._listed
        if len(begins) <= len(self._codes):
            more = _listed(islice(self._codes, len(begins) - 1, None))
            characters = np.concatenate([characters, more.characters])
            begins = np.concatenate([begins[:-1], begins[-1] + more.begins])
            self._listed = Texts(characters, begins)
        return self._listed

    def copy(self) -> "Vocabulary":
        """Another one with the same codes."""
        other = Vocabulary(self._codes)
        other._listed = self._listed
        return other


def _listed(texts: Iterable[str | None]) -> Texts:
    encoded = [(text or "").encode("utf-8", "surrogatepass") for text in texts]
    begins = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    return Texts(np.frombuffer(b"".join(encoded), np.uint8), begins)
