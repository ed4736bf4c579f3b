"""Instructions on texts, which columns hold by their numbers."""

from typing import NamedTuple

from src.features.memory.machine.columns import Column, Places
from src.features.memory.machine.compiling import compiled


class Texts(NamedTuple):
    """All texts as UTF-8: their characters one after another, and where each begins, and the end.

    UTF-8 has the order of the characters themselves.
    """

    characters: Column
    begins: Places


@compiled
def is_after(texts: Texts, a: int, b: int) -> bool:
    """Whether text a comes after text b in the order of their characters."""
    i, j, end, other_end = (
        texts.begins[a],
        texts.begins[b],
        texts.begins[a + 1],
        texts.begins[b + 1],
    )
    while i < end and j < other_end:
        if texts.characters[i] != texts.characters[j]:
            return texts.characters[i] > texts.characters[j]
        i += 1
        j += 1
    return i < end


@compiled
def has_part(texts: Texts, text: int, separator: int, part: int) -> bool:
    """Whether a text's parts between separators, themselves texts, hold a given one."""
    size = texts.begins[separator + 1] - texts.begins[separator]
    end = texts.begins[text + 1]
    begin = place = texts.begins[text]
    while place + size <= end:
        if _stands(texts, separator, place, place + size):
            if _stands(texts, part, begin, place):
                return True
            place += size
            begin = place
        else:
            place += 1
    return _stands(texts, part, begin, end)


@compiled
def _stands(texts: Texts, text: int, begin: int, end: int) -> bool:
    """Whether the characters from begin to end are those of the text."""
    first = texts.begins[text]
    if end - begin != texts.begins[text + 1] - first:
        return False
    for place in range(end - begin):
        if texts.characters[begin + place] != texts.characters[first + place]:
            return False
    return True
