"""The log remembers what was taken back, also after a kill in the middle of a line."""

from dataclasses import replace

import pytest

from src.core.errors import ModelError
from src.models.promotion_log import Entry, append, append_once, read, replaced_by, taken_back


def entry(event, model, champion="", task="churn", reason="why") -> Entry:
    return Entry("2026-01-02T03:04:05+00:00", task, event, reason, model, model, champion, champion)


def test_entries_come_back_in_order(tmp_path):
    path = tmp_path / "deep" / "log.jsonl"
    assert read(path) == []
    entries = [entry("promoted", "a"), entry("refused", "b", "a")]
    for one in entries:
        append(path, one)
    assert read(path) == entries


def test_what_was_rolled_back_stays_out_until_someone_takes_it_up_again(tmp_path):
    path = tmp_path / "log.jsonl"
    append(path, entry("promoted", "b", "a"))
    append(path, entry("rolled back", "a", "b", reason="it was unfair"))
    assert taken_back(path, "churn") == {"b": "on 2026-01-02: it was unfair"}
    assert taken_back(path, "value_tier") == {}
    assert replaced_by(path, "churn", "b") == "a"
    assert replaced_by(path, "churn", "a") == "b"
    assert replaced_by(path, "value_tier", "a") == ""
    append(path, entry("refused", "b", "a"))
    assert taken_back(path, "churn") == {"b": "on 2026-01-02: it was unfair"}
    append(path, entry("rolled back", "b", "a"))
    assert set(taken_back(path, "churn")) == {"a"}


def test_an_entry_of_a_release_is_appended_once_and_again_when_it_is_served_again(tmp_path):
    path = tmp_path / "log.jsonl"
    first = replace(entry("promoted", "a"), id="1")
    second = replace(entry("promoted", "b", "a"), id="2")
    refused = replace(entry("refused", "c", "b"), id="3")
    back = replace(entry("rolled back", "a", "b"), id="1")
    told = (first, first, second, refused, refused, second, back, back, refused)
    assert [append_once(path, one) for one in told] == [
        True, False, True, True, False, False, True, False, True,
    ]  # fmt: skip
    assert read(path) == [first, second, refused, back, refused]
    assert append_once(path, replace(first, task="value_tier"))
    later = replace(refused, at="2027-01-01T00:00:00+00:00")
    assert not append_once(path, later)


def test_a_line_that_a_kill_cut_off_is_left_out_and_another_fault_is_named(tmp_path):
    path = tmp_path / "log.jsonl"
    append(path, entry("promoted", "a"))
    whole = path.read_text()
    path.write_text(whole + '{"at": "20')
    assert read(path) == [entry("promoted", "a")]
    append(path, entry("refused", "b", "a"))
    assert [one.version for one in read(path)] == ["a", "b"]
    path.write_text("gibberish\n" + whole)
    with pytest.raises(ModelError, match=r"log\.jsonl:1: found 'gibberish'"):
        read(path)
