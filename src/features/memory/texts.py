"""Texts as whole numbers: equal texts have equal codes."""

from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from src.features.memory.machine.texts import Texts


class _Codes(dict[str | None, int]):
    def __missing__(self, text: str | None) -> int:
        code = self[text] = len(self)
        return code


class Vocabulary:
    """Codes of texts, 0 where there is none. A copy of a compiled plan's takes up the texts of a
    ledger."""

    def __init__(self, before: "Vocabulary | None" = None) -> None:
        self._codes: _Codes = _Codes(before._codes if before else {None: 0})
        self._listed: Texts = before._listed if before else _listed([None])

    def code(self, text: str | None) -> int:
        """The code of a text, a new one if it has none."""
        return self._codes[text]

    def codes(self, texts: Sequence[str | None]) -> NDArray[np.int64]:
        """The codes of texts."""
        return np.fromiter(map(self._codes.__getitem__, texts), np.int64, len(texts))

    def texts(self) -> Texts:
        """All texts, in the order of their codes; an empty one for none."""
        characters, begins = self._listed
        known = len(begins) - 1
        if known < len(self._codes):
            more = _listed(islice(self._codes, known, None))
            self._listed = Texts(
                np.concatenate([characters, more.characters]),
                np.concatenate([begins[:-1], begins[-1] + more.begins]),
            )
        return self._listed

    def copy(self) -> "Vocabulary":
        """Another one with the same codes."""
        return Vocabulary(self)


def _listed(texts: Iterable[str | None]) -> Texts:
    encoded = [(text or "").encode("utf-8", "surrogatepass") for text in texts]
    begins = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
    return Texts(np.frombuffer(b"".join(encoded), np.uint8).copy(), begins)
