"""A day's news is read without the history before it: in these ledgers every day is a row group,
and the bytes of those that need not be read are destroyed."""

from datetime import timedelta

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from src.core.engine import EngineParams, connect
from src.core.files import write_json
from src.core.ledger import Ledger, open_ledger
from src.core.schemas import TABLES
from src.features.asset_advance import advance
from src.features.asset_files import ledger_identity
from src.features.asset_state import AssetState, first_state, state_sizes
from tests.support.ledgers.handmade import BASE, arrow_of, small_ledger

DAY = timedelta(days=1)
DAYS, ROWS = 60, 40
LAST, END = BASE + (DAYS - 1) * DAY, BASE + DAYS * DAY
THINGS = {
    "customers": [{"customer_id": f"C{n}"} for n in range(9)],
    "products": [{"product_id": "FUND", "asset_class": "equity", "currency": "USD"}],
}
EVENTFUL = ("transactions", "balances", "prices", "fx_rates", "rejected")


def of_day(number):
    """The rows of each table that become known on a day: movements, statements at its end, a price,
    a rate, and a row put aside."""
    start = BASE + number * DAY
    moves = [
        {
            "transaction_id": f"T{number:02}-{n:02}",
            "customer_id": f"C{n % 9}",
            "occurred_at": start + n * timedelta(minutes=30),
            "amount_minor": 100 * number + n,
        }
        | ({"product_id": "FUND", "quantity": 1.0} if n % 5 == 0 else {})
        for n in range(ROWS)
    ]
    # one that is corrected within the day
    moves[7]["known_until"] = start + 20 * timedelta(hours=1)
    moves.append(moves[7] | {"amount_minor": 1, "known_at": moves[7]["known_until"]})
    moves[-1].pop("known_until")
    stated = {"as_of": start + DAY, "known_at": start + 23 * timedelta(hours=1)}
    stated |= {"customer_id": f"C{number % 9}", "account_id": "A1", "amount_minor": number}
    level = {"date": start, "known_at": start + timedelta(hours=17)}
    return {
        "transactions": moves,
        "balances": [stated],
        "prices": [level | {"product_id": "FUND", "close": 1.0 + number}],
        "fx_rates": [level | {"currency": "USD", "rate": 7.0 + number / 100}],
        "rejected": [{"customer_id": f"C{number % 7}", "happened_at": start + timedelta(hours=3)}],
    }


def whole_history():
    """By day, the rows of each table."""
    return [of_day(number) for number in range(DAYS)]


def corrected(history):
    """The history with a row of its tenth day corrected on the last one."""
    old, at = history[10]["transactions"][3], LAST + timedelta(hours=5)
    history[10]["transactions"][3] = old | {"known_until": at}
    last = history[-1]["transactions"]
    last.append(old | {"amount_minor": 5, "known_at": at})
    last.sort(key=lambda row: row.get("known_at", row["occurred_at"]))
    return history


def in_memory(history) -> Ledger:
    every = {name: [row for day in history for row in day[name]] for name in EVENTFUL}
    return small_ledger(**every, **THINGS)


def on_disk(folder, history, readable) -> Ledger:
    """The ledger in `folder`, a row group a day; of those of EVENTFUL that are not of `readable`
    days, nothing is left but their statistics."""
    for name, table in TABLES.items():
        path = folder / f"{name}.parquet"
        with pq.ParquetWriter(path, table.arrow) as writer:
            for number, day in enumerate(history):
                once = [] if number else THINGS.get(name, [])
                rows = arrow_of(name, day[name] if name in EVENTFUL else once)
                # the base currency's rate stands before all others, once
                writer.write_table(rows[1:] if name == "fx_rates" and number else rows)
        if name in EVENTFUL:
            destroy(path, set(range(len(history))) - set(readable))
    return open_ledger(folder, connect(EngineParams(threads=1)))


def destroy(path, groups):
    metadata, content = pq.read_metadata(path), bytearray(path.read_bytes())
    assert metadata.num_row_groups == DAYS
    for group in groups:
        for number in range(metadata.num_columns):
            column = metadata.row_group(group).column(number)
            start = column.dictionary_page_offset or column.data_page_offset
            size = column.total_compressed_size
            content[start : start + size] = b"\xff" * size
    path.write_bytes(content)


def one_day_later(folder, history, readable) -> tuple[AssetState, pd.DataFrame]:
    """State and sizes at END, from the state at LAST and what of the ledger can be read."""
    before = advance(in_memory(history), first_state(), LAST)
    ledger = on_disk(folder, history, readable)
    after = advance(ledger, before, END)
    return after, state_sizes(ledger, after)


def test_a_days_news_reads_the_row_groups_of_that_day_alone(tmp_path):
    history = whole_history()
    state, sizes = one_day_later(tmp_path, history, readable=[DAYS - 1])
    whole = in_memory(history)
    expected = advance(whole, first_state(), END)
    assert state == expected
    pd.testing.assert_frame_equal(sizes, state_sizes(whole, expected), check_exact=True)
    moves = pq.read_metadata(tmp_path / "transactions.parquet")
    assert (moves.num_rows, moves.row_group(DAYS - 1).num_rows) == (DAYS * (ROWS + 1), ROWS + 1)


def test_a_correction_of_an_old_row_reads_the_row_group_in_which_it_stands_as_well(tmp_path):
    history = corrected(whole_history())
    state, _ = one_day_later(tmp_path, history, readable=[10, DAYS - 1])
    assert state == advance(in_memory(history), first_state(), END)


@pytest.mark.parametrize("readable", [[DAYS - 1], [10]], ids=["the old row", "the day itself"])
def test_what_has_to_be_read_is_missed(tmp_path, readable):
    with pytest.raises(duckdb.Error):
        one_day_later(tmp_path, corrected(whole_history()), readable)


def test_whether_the_ledger_continues_a_state_is_told_by_statistics_alone(tmp_path):
    write_json(tmp_path / "manifest.json", {"source": "test", "files": []})
    history = whole_history()
    on_disk(tmp_path, history, readable=[])
    known = ledger_identity(tmp_path, tmp_path / "manifest.json", [], LAST).known_rows
    assert known["transactions"] == (DAYS - 1) * (ROWS + 1)
    assert known["rejected"] == DAYS - 1
