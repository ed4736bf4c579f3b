"""A stored state is advanced only on the ledger that it was made of."""

import json
from datetime import timedelta

import pyarrow.parquet as pq
import pytest

from src.core.files import write_json
from src.core.schemas import TABLES
from src.features.asset_advance import advance
from src.features.asset_files import STATE_FILE, ledger_identity, read_state, write_state
from src.features.asset_state import first_state
from tests.support.ledgers.handmade import BASE, arrow_of, small_ledger

DAY = timedelta(days=1)
THEN, NOW = BASE + 30 * DAY, BASE + 60 * DAY


class Bank:
    """A ledger folder with its manifest and configuration, and a state that stands at THEN."""

    def __init__(self, folder):
        self.folder, self.rules = folder, folder / "rules.yaml"
        self.manifest = folder / "manifest.json"
        self.rules.write_text("rules: []\n", encoding="utf-8")
        self.deliver(["a"], moves=[BASE + n * DAY for n in range(20)])
        state = advance(self.ledger, first_state(), THEN)
        write_state(folder / "state", state, self.identity_at(THEN))

    def deliver(self, files, moves):
        rows = [{"customer_id": "a", "occurred_at": at, "amount_minor": 1} for at in moves]
        tables = {"customers": [{"customer_id": "a"}], "transactions": rows}
        for name in TABLES:
            table = arrow_of(name, tables.get(name, []))
            pq.write_table(table, self.folder / f"{name}.parquet", row_group_size=7)
        self.ledger = small_ledger(**tables)
        listed = [{"name": name[0], "md5": name} for name in files]
        write_json(self.manifest, {"source": "test", "files": listed})

    def identity_at(self, instant):
        return ledger_identity(self.folder, self.manifest, [self.rules], instant)

    def read(self, latest=NOW):
        return read_state(self.folder / "state", self.identity_at, latest)


@pytest.fixture
def bank(tmp_path):
    return Bank(tmp_path)


def test_a_ledger_with_more_deliveries_continues_the_state(bank):
    days = [*range(20), *range(31, 50)]
    bank.deliver(["a", "b"], moves=[BASE + n * DAY for n in days])
    state, reason = bank.read()
    assert reason == ""
    assert advance(bank.ledger, state, NOW) == advance(bank.ledger, first_state(), NOW)


@pytest.mark.parametrize(
    ("files", "days", "reason"),
    [
        (["a2"], 20, "a has changed"),
        (["b"], 20, "a has changed"),
        (["a", "b"], 21, "transactions has 21 rows known then, not 20"),
    ],
    ids=["a file of other content", "a file gone", "a row of old that came late"],
)
def test_another_past_is_no_continuation(bank, files, days, reason):
    bank.deliver(files, moves=[BASE + n * DAY for n in range(days)])
    assert bank.read() == (None, reason)


def test_another_configuration_is_no_continuation(bank):
    bank.rules.write_text("rules: [other]\n", encoding="utf-8")
    changed = "the source, its configuration, the key or the code has changed"
    assert bank.read() == (None, changed)


def test_a_state_after_the_datas_end_is_no_beginning(bank):
    assert "after the data's end" in bank.read(latest=THEN - DAY)[1]


@pytest.mark.parametrize("damage", ["gone", "half", "other columns", "no json"])
def test_a_missing_or_damaged_state_is_made_anew(bank, damage):
    state = bank.folder / "state"
    if damage == "gone":
        (state / STATE_FILE).unlink()
    elif damage == "half":
        (state / "movements.parquet").write_bytes(b"PAR1")
    elif damage == "other columns":
        (state / "prices.parquet").write_bytes((state / "rates.parquet").read_bytes())
    else:
        (state / STATE_FILE).write_text(json.dumps({"instant": 3}), encoding="utf-8")
    assert bank.read()[0] is None
