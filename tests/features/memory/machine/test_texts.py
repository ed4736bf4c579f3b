"""Texts in the machine against Python's own."""

from hypothesis import given
from hypothesis import strategies as st

from src.features.memory.machine.texts import has_part, is_after
from src.features.memory.texts import Vocabulary

LETTERS = st.text("ab,é汉", max_size=6)


def listed(*texts):
    """The texts of a vocabulary and the codes of these."""
    vocabulary = Vocabulary()
    codes = vocabulary.codes(texts).tolist()
    return vocabulary.texts(), *codes


@given(st.text(), st.text())
def test_texts_are_in_the_order_of_their_characters(a, b):
    texts, *codes = listed(a, b)
    assert is_after(texts, *codes) == (a > b)


@given(LETTERS, st.sampled_from([",", "ab", "é"]), LETTERS)
def test_a_text_has_the_parts_that_splitting_it_gives(text, separator, part):
    assert has_part(*listed(text, separator, part)) == (part in text.split(separator))
