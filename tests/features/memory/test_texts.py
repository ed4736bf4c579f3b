"""Codes of texts."""

from src.features.memory.texts import Vocabulary


def characters(vocabulary):
    texts = vocabulary.texts()
    whole = texts.characters.tobytes()
    bounds = zip(texts.begins[:-1], texts.begins[1:], strict=True)
    return [whole[begin:end].decode() for begin, end in bounds]


def test_all_texts_stand_in_the_order_of_their_codes_none_as_an_empty_one():
    vocabulary = Vocabulary()
    assert vocabulary.codes(["b", None, "a", "b", ""]).tolist() == [1, 0, 2, 1, 3]
    assert characters(vocabulary) == ["", "b", "a", ""]


def test_a_copy_takes_up_texts_that_the_first_one_does_not_see():
    first = Vocabulary()
    assert first.code("a") == 1 and characters(first) == ["", "a"]
    second = first.copy()
    assert second.codes(["汉字", "a"]).tolist() == [2, 1]
    assert characters(second) == ["", "a", "汉字"] and characters(first) == ["", "a"]
    assert first.code("other") == 2
