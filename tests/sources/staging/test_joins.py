"""A join that would multiply rows is refused, and the message names places instead of keys."""

import copy

import pytest

from src.core.errors import SourceError
from tests.support.sources.small_source import Bank
from tests.support.sources.tiny import MAPPING, PEOPLE


@pytest.mark.parametrize(
    ("private", "shown"), [("record", "[record AA-99]"), (None, "[record AA-99]")]
)
def test_a_key_with_several_meanings_is_named_by_its_lines_and_shape(tmp_path, private, shown):
    bank, content = Bank(tmp_path), copy.deepcopy(MAPPING)
    content["files"]["people"]["columns"]["id"] = {"type": "string", "private": private}
    content["tables"]["transactions"][0]["join"] = [{"file": "people", "by": {"id": "person"}}]
    bank.map(content)
    more = "".join(f"KU-42,0{day}.02.2021,\n" for day in (1, 2, 3, 4))
    bank.write("people.csv", PEOPLE + more)
    with pytest.raises(SourceError) as caught:
        bank.integrate()
    message = str(caught.value)
    assert f"people.csv:4: id {shown} stands in 4 rows of different content" in message
    assert "(lines 4, 5, 6 and more)" in message
    assert "tables.transactions[0] joins by it" in message
    assert "KU-42" not in message
