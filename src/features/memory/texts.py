"""Texts as whole numbers: equal texts have equal codes."""

from collections.abc import Sequence


class Vocabulary:
    """Codes of texts. A copy of a compiled plan's takes up the texts of a ledger."""

    def __init__(self, codes: dict[str, int] | None = None) -> None:
        self._codes = dict(codes or {})

    def code(self, text: str) -> int:
        """The code of a text, a new one if it has none."""
        return self._codes.setdefault(text, len(self._codes))

    def codes(self, texts: Sequence[str | None]) -> list[int]:
        """The codes of texts; 0 where there is none."""
        known = self._codes
        return [0 if text is None else known.setdefault(text, len(known)) for text in texts]

    def texts(self) -> list[str]:
        """All texts, in the order of their codes."""
        return list(self._codes)

    def copy(self) -> "Vocabulary":
        """Another one with the same codes."""
        return Vocabulary(self._codes)

    def __len__(self) -> int:
        return len(self._codes)
