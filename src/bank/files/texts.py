"""Columns of texts: numpy arrays of str (None: missing), and how they are put together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from src.bank.calendar import Flags, Ints
from src.bank.files.columns import formatted

Texts = NDArray[np.object_]


def picked(names: Sequence[str], index: Ints) -> Texts:
    """One of few texts for each; index -1 gives an empty one."""
    return np.append(np.array(names, dtype=object), "")[index]


def numbered(number: Ints, prefix: str = "", width: int = 0) -> Texts:
    """Numbers as text after a prefix, filled with zeros to a width."""
    return np.array([f"{prefix}{value:0{width}d}" for value in number.tolist()], dtype=object)


def dated(second: Ints, style: str) -> Texts:
    """Unix seconds as text in a strftime style."""
    return np.array(formatted(second, style).to_pylist(), dtype=object)


def by_style(style: Ints, texts: Sequence[Texts]) -> Texts:
    """For each place the text of the style named there."""
    found: Texts = np.full(len(style), None, dtype=object)
    for number, styled in enumerate(texts):
        found[style == number] = styled[style == number]
    return found


def blanked(texts: Texts, missing: Flags) -> Texts:
    """The texts without those that are missing."""
    found = texts.copy()
    found[missing] = None
    return found


def mixed(key: Ints, salt: int) -> Ints:
    """(n,) numbers of 0 to 2**31 - 1 that look random and depend on key and salt alone
    (splitmix64, Steele, Lea and Flood, 2014)."""
    with np.errstate(over="ignore"):
        z = key.astype(np.uint64) + np.uint64((salt + 1) * 0x9E3779B97F4A7C15 % 2**64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray((z ^ (z >> np.uint64(31))) >> np.uint64(33), dtype=np.int64)
