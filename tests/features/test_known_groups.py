"""Numbers by row groups are those of one reading, and only groups that changed are read again."""

from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from src.core.engine import EngineParams, connect
from src.core.files import write_json
from src.core.ledger import open_ledger
from src.core.schemas import TABLES
from src.features.known import known_content
from src.features.known_groups import KnownGroups
from tests.support.ledgers.handmade import BASE, arrow_of

DAY = timedelta(days=1)


def moves(number, **changed):
    """A movement a day, in the order in which they became known."""
    rows = (
        {"transaction_id": f"T{n}", "amount_minor": n, "customer_id": "a"} for n in range(number)
    )
    return [
        row | {"occurred_at": BASE + n * DAY} | changed.get(f"T{n}", {})
        for n, row in enumerate(rows)
    ]


def written(folder, rows, group_rows=10):
    """A ledger in files of row groups of so many rows."""
    folder.mkdir()
    for name in TABLES:
        content = arrow_of(name, rows if name == "transactions" else [])
        pq.write_table(content, folder / f"{name}.parquet", row_group_size=group_rows)
    return open_ledger(folder, connect(EngineParams(threads=1)))


def looked_at(ledger, old, new, made_by="code"):
    """The content, what is kept in `new`, and how many rows were read."""
    groups = KnownGroups(made_by)
    groups.read(old)
    content = groups.content(ledger)
    groups.write(new)
    return content, groups.rows_read


@pytest.fixture
def earlier(tmp_path):
    ledger = written(tmp_path / "first", moves(40))
    assert looked_at(ledger, tmp_path / "none", tmp_path)[1] == 41
    return tmp_path


def same(found, ledger):
    whole = known_content(ledger)
    for days in (0, 7, 20, 39, 47, 60):
        assert found.before(BASE + days * DAY) == whole.before(BASE + days * DAY)


def test_the_same_files_are_not_read_again(earlier):
    again = written(earlier / "again", moves(40))
    found, read = looked_at(again, earlier, earlier)
    assert read == 0
    same(found, again)


def test_only_groups_with_new_or_changed_rows_are_read(earlier):
    late = {"T12": {"known_until": BASE + 46 * DAY}}
    grown = written(earlier / "grown", moves(47, **late))
    found, read = looked_at(grown, earlier, earlier / "grown")
    assert read == 10 + 7
    same(found, grown)
    assert looked_at(grown, earlier / "grown", earlier)[1] == 0


@pytest.mark.parametrize(
    "changed", [{"amount_minor": 5}, {"currency": "USD"}, {"category": "rent"}]
)
def test_a_changed_row_changes_the_numbers_of_its_day(earlier, changed):
    before = known_content(written(earlier / "same", moves(40)))
    found, read = looked_at(written(earlier / "other", moves(40, T12=changed)), earlier, earlier)
    assert read == 10
    assert found.before(BASE + 12 * DAY) == before.before(BASE + 12 * DAY)
    assert found.before(BASE + 13 * DAY) != before.before(BASE + 13 * DAY)


def test_what_nothing_looks_at_is_not_looked_at(earlier):
    renamed = {f"T{n}": {"transaction_id": f"X{n}", "source": "other"} for n in range(40)}
    ledger = written(earlier / "renamed", moves(40, **renamed))
    assert looked_at(ledger, earlier, earlier)[1] == 0


@pytest.mark.parametrize("content", ["of other code", "damaged", "of another form"])
def test_numbers_that_are_not_ours_are_made_anew(earlier, content):
    ledger, made_by = written(earlier / "again", moves(40)), "code"
    if content == "of other code":
        made_by = "other"
    elif content == "damaged":
        (earlier / "known.json").write_text('{"made_by": "co')
    else:
        write_json(earlier / "known.json", {"made_by": "code", "groups": {"transactions": [3]}})
    found, read = looked_at(ledger, earlier, earlier, made_by)
    assert read == 41
    same(found, ledger)
