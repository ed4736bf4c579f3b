"""A past on disk is gone on from only if it is of the same definitions, code and known ledger."""

from contextlib import closing
from datetime import timedelta

import pytest

from src.core.files import read_json, write_json
from src.features.increments import Scratch
from src.features.known import known_content
from src.features.past_file import PastFile
from tests.features.test_condense import SHORT
from tests.features.test_snapshot_files import made, update
from tests.support.features.specs import SPEC
from tests.support.ledgers.handmade import BASE, small_ledger

DAY = timedelta(days=1)
FIRST, THEN, NOW = (BASE + days * DAY for days in (300, 330, 360))


def bank(number=360, **changed):
    """A movement a day of one customer."""
    rows = (
        {"transaction_id": f"T{n}", "customer_id": "a", "occurred_at": BASE + n * DAY}
        | {"amount_minor": 7 * n - 500}
        | changed.get(f"T{n}", {})
        for n in range(number)
    )
    return small_ledger(transactions=list(rows), customers=[{"customer_id": "a"}])


@pytest.fixture
def earlier(tmp_path):
    """The folder of a run of two snapshots."""
    update(bank(340), [FIRST, THEN], tmp_path / "none", tmp_path / "old", SHORT)
    return tmp_path / "old"


def taken(ledger, folder, new, spec=SHORT, made_by="code"):
    """The past that a run on `ledger` would go on from, as its last snapshot and its rows."""
    with closing(Scratch(ledger)) as scratch:
        file = PastFile(new, scratch, spec.digest, made_by, known_content(ledger))
        file.take(folder)
        return file.past and (file.past.span.last, len(scratch.fetch(file.past.rows)))


def test_what_was_condensed_is_few_rows_and_taken_up(earlier, tmp_path):
    assert taken(bank(), earlier, tmp_path / "new") == (THEN, 6)


@pytest.mark.parametrize("other", [{"spec": SPEC}, {"made_by": "other"}], ids=["spec", "made_by"])
def test_other_definitions_or_code_begin_anew(earlier, tmp_path, other):
    assert taken(bank(), earlier, tmp_path / "new", **other) is None


def test_another_past_begins_anew_and_a_later_change_does_not(earlier, tmp_path):
    assert taken(bank(T9={"amount_minor": 1}), earlier, tmp_path / "new") is None
    late = bank(T9={"known_until": NOW - DAY})
    assert taken(late, earlier, tmp_path / "other") == (THEN, 6)


@pytest.mark.parametrize("damage", ["rows", "half of what is told", "another form", "nothing"])
def test_a_damaged_past_begins_anew(earlier, tmp_path, damage):
    rows, told = earlier / "past.parquet", earlier / "past.json"
    if damage == "rows":
        rows.write_bytes(rows.read_bytes()[:-9])
    elif damage == "half of what is told":
        told.write_text(told.read_text()[:60])
    elif damage == "another form":
        write_json(told, {**read_json(told), "span": {"first": "today"}})
    else:
        rows.unlink()
    assert taken(bank(), earlier, tmp_path / "new") is None
    update(bank(), [FIRST, THEN, NOW], earlier, tmp_path / "after", SHORT)
    update(bank(), [FIRST, THEN, NOW], tmp_path / "none", tmp_path / "anew", SHORT)
    assert made(tmp_path / "after")[1] == made(tmp_path / "anew")[1]


def test_a_run_hands_the_past_on_and_leaves_that_of_before_whole(earlier, tmp_path):
    before = (earlier / "past.parquet").read_bytes()
    update(bank(340), [FIRST, THEN], earlier, tmp_path / "same", SHORT)
    assert (tmp_path / "same" / "past.parquet").read_bytes() == before
    update(bank(), [FIRST, THEN, NOW], tmp_path / "same", tmp_path / "new", SHORT)
    assert taken(bank(), tmp_path / "new", tmp_path / "next")[0] == NOW
    assert (earlier / "past.parquet").read_bytes() == before


def test_a_snapshot_of_before_does_not_replace_a_past_that_reaches_further(earlier, tmp_path):
    kept = sorted(earlier.rglob("snapshot=*/*.parquet"))[0]
    kept.unlink()
    assert list(update(bank(340), [FIRST, THEN], earlier, tmp_path / "new", SHORT)) == [FIRST]
    assert taken(bank(), tmp_path / "new", tmp_path / "next")[0] == THEN
