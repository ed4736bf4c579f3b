"""History replayed: the ledger of the deliveries that had arrived by a day is the whole ledger as
it stood that day, table by table and value by value."""

import copy
import shutil
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from src.core.engine import EngineParams, connect
from src.core.ledger import known_before, open_ledger
from src.core.schemas import LEDGER, TABLES
from tests.support.bank.small_banks import CONFIGS
from tests.support.sources.integration import integrate_into
from tests.support.sources.small_source import Bank
from tests.support.sources.tiny import MAPPING, SHELF, SHELF_FILE


def replayed(mapping: Path, raw: Path, folder: Path, instant: datetime) -> Path:
    """The ledger, in `folder`, of the deliveries in `raw` that had arrived by an instant."""
    shutil.copytree(raw, folder / "raw")
    for path in (folder / "raw").rglob("*"):
        stamp = path.stem.rpartition("_")[2]
        if stamp.isdecimal() and stamp > f"{instant:%Y%m%d}":
            path.unlink()
    integrate_into(mapping, folder / "raw", folder)
    return folder / "ledger"


def require_as_of(alone: Path, whole: Path, instant: datetime) -> None:
    """Every table of the ledger `alone` is that of `whole` as it stood at an instant."""
    then = known_before(open_ledger(whole, connect(EngineParams())), instant)
    for name, table in TABLES.items():
        order = [(column.name, "ascending") for column in table.columns]
        found = pq.read_table(alone / f"{name}.parquet").sort_by(order)
        expected = then.backend.to_pyarrow(then[name]).cast(found.schema).sort_by(order)
        rows = zip_longest(found.to_pylist(), expected.to_pylist())
        assert found.equals(expected), (name, [pair for pair in rows if pair[0] != pair[1]][:3])


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2023, 3, 1),
        pytest.param(datetime(2023, 11, 1), marks=pytest.mark.slow),
        pytest.param(datetime(2024, 6, 1), marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_the_ledger_of_what_had_arrived_equals_the_whole_one_as_of_then(
    simulated, tmp_path, instant
):
    alone = replayed(CONFIGS / "simulated.yaml", simulated / "raw", tmp_path, instant)
    require_as_of(alone, simulated / "ledger", instant)
    assert all(
        len(pd.read_parquet(alone / f"{name}.parquet")) for name in LEDGER if name != "labels"
    )


HEAD = "no;account;what;amount;product;known\n"
PEOPLE = {"20210201": "A,01.02.2020,\n", "20210301": "", "20210401": "Z,01.02.2020,\n"}
# z1 is known before its owner is; a9 comes late; nobody ever tells of a0
ACCOUNTS = {"20210201": "a1,A\nz1,Z\n", "20210301": "", "20210401": "a9,A\n"}
PRODUCTS = {"20210201": "", "20210301": "", "20210401": "late\n"}
# movements of nothing are put aside
MOVES = {
    "20210201": "".join(f"{n};a1;IN;1;;2021-01-05 00:00:00\n" for n in range(1, 9))
    + "9;z1;IN;1;;2021-01-05 00:00:00\n"
    "10;a1;IN;0;;2021-01-05 00:00:00\n"
    "11;a1;IN;1;;2021-01-05 00:00:00\n"
    "12;a1;IN;1;late;2021-01-05 00:00:00\n"
    "13;z1;IN;0;;2021-01-05 00:00:00\n"
    "14;a0;IN;0;;2021-01-05 00:00:00\n"
    "15;a1;IN;1;never;2021-01-05 00:00:00\n",
    "20210301": "2;a0;IN;2;;2021-02-10 00:00:00\n"
    "3;z1;IN;2;;2021-02-10 00:00:00\n"
    "4;z1;IN;2;;2021-02-10 00:00:00\n"
    "4;a1;IN;3;;2021-02-20 00:00:00\n"
    "5;a0;UNDO;1;;2021-02-10 00:00:00\n"
    "6;a9;UNDO;1;;2021-02-10 00:00:00\n"
    "7;a1;UNDO;1;late;2021-02-10 00:00:00\n"
    "8;a9;IN;2;;2021-02-10 00:00:00\n"
    "9;z1;IN;3;;2021-02-20 00:00:00\n"
    "9;z1;IN;2;;2021-02-10 00:00:00\n"
    "10;a1;IN;1;;2021-02-10 00:00:00\n"
    "11;a1;IN;0;;2021-02-10 00:00:00\n",
    "20210401": "1;a1;IN;2;;2021-03-10 00:00:00\n11;a1;UNDO;1;;2021-03-10 00:00:00\n",
}
JANUARY, FEBRUARY, LATER, MARCH, THEN = (
    "2021-01-05 00:00:00",
    "2021-02-10 00:00:00",
    "2021-02-20 00:00:00",
    "2021-03-10 00:00:00",
    "2021-03-31 23:59:59",
)


@pytest.fixture(scope="module")
def bank(tmp_path_factory) -> Bank:
    """The small bank in monthly deliveries, integrated: some movements name accounts, customers
    and products that come later or never."""
    bank = Bank(tmp_path_factory.mktemp("whole") / "bank")
    content = copy.deepcopy(MAPPING)
    files, entry = content["files"], content["tables"]["transactions"][0]
    delivered = {"delivered": "%Y%m%d", "expected_rows": {"at_least": 0}}
    files["people"] |= delivered | {"path": "people_*.csv"}
    files["accounts"] = delivered | {
        "path": "accounts_*.csv",
        "columns": {"no": "string", "owner": "string"},
    }
    files["shelf"] = SHELF_FILE
    files["moves"] = delivered | {
        "path": "moves_*.csv",
        "delimiter": ";",
        "columns": {"no": "string", "account": "string", "what": "string", "amount": "decimal"}
        | {"product": "string", "known": {"type": "time", "format": "%Y-%m-%d %H:%M:%S"}},
    }
    content["tables"]["products"] = [SHELF]
    entry |= {"join": [{"file": "accounts", "by": {"no": "account"}}]}
    entry["cancels"] = "what = 'UNDO'"
    entry["columns"] |= {
        "customer_id": "accounts.owner",
        "account_id": "account",
        "occurred_at": {"constant": "2021-01-02"},
        "kind": {"constant": "deposit"},
        "amount_minor": {"money": {"amount": "amount"}},
        "product_id": "product",
        "currency": {"constant": "EUR"},
        "known_at": "known",
    }
    bank.map(content)
    for name in ("people", "moves"):
        (bank.raw / f"{name}.csv").unlink()
    for name, head, deliveries in (
        ("people", "id,since,remark\n", PEOPLE),
        ("accounts", "no,owner\n", ACCOUNTS),
        ("shelf", "code\n", PRODUCTS),
        ("moves", HEAD, MOVES),
    ):
        for stamp, lines in deliveries.items():
            bank.write(f"{name}_{stamp}.csv", head + lines)
    bank.integrate()
    return bank


def versions(bank: Bank) -> dict[str, list[tuple[str, int, str, str | None]]]:
    """By number: (owner, units, known_at, known_until) of each version, in order of time."""
    owner, found = owners(bank), {}
    for row in bank.table("transactions").sort_values("known_at").itertuples():
        version = (owner[row.customer_id], row.amount_minor // 100, *span(row))
        found.setdefault(row.transaction_id, []).append(version)
    return found


def owners(bank: Bank) -> dict[str, str]:
    """Who stands behind a customer's pseudonym."""
    known = pd.read_parquet(bank.ledger.parent / "vault" / "cross_reference.parquet")
    return dict(zip(known["customer_id"], known["record"], strict=True))


def span(row: Any) -> tuple[str, str | None]:
    """When a version was known, to the second."""
    until = None if pd.isna(row.known_until) else str(row.known_until)[:19]
    return str(row.known_at)[:19], until


def test_only_what_is_understood_takes_the_place_of_a_movement(bank):
    assert versions(bank) == {
        "1": [("A", 1, JANUARY, MARCH), ("A", 2, MARCH, None)],
        # of nobody, ever: the correction is rejected and the movement stands
        "2": [("A", 1, JANUARY, None)],
        # of somebody who is known later: until then it was an orphan, as the ledger of then says
        "3": [("A", 1, JANUARY, THEN), ("Z", 2, THEN, None)],
        # … and what was said after it meanwhile stays the last word
        "4": [("A", 1, JANUARY, LATER), ("A", 3, LATER, None)],
        # a withdrawal needs its number alone
        "5": [("A", 1, JANUARY, FEBRUARY)],
        "6": [("A", 1, JANUARY, FEBRUARY)],
        "7": [("A", 1, JANUARY, FEBRUARY)],
        "8": [("A", 1, JANUARY, THEN), ("A", 2, THEN, None)],
        # all understood at once: the last to be said stands, in whatever order it was written
        "9": [("Z", 3, THEN, None)],
        "10": [("A", 1, FEBRUARY, None)],
        "11": [("A", 1, JANUARY, MARCH)],
        "12": [("A", 1, THEN, None)],
    }


def test_what_a_customer_lacks_is_told_until_it_is_mended(bank):
    accounts = pd.read_parquet(bank.ledger.parent / "vault" / "accounts.parquet")
    account = dict(zip(accounts["account_id"], accounts["account"], strict=True))
    owner = owners(bank)
    rejected = bank.table("rejected")
    assert (rejected["meant_for"] == "transactions").all()
    assert (rejected["happened_at"] == "2021-01-02").all()
    assert sorted(
        [
            (owner[row.customer_id], account[row.account_id], row.product_id, *span(row))
            for row in rejected.fillna({"product_id": ""}).itertuples()
        ],
        key=str,
    ) == [
        ("A", "a1", "", JANUARY, FEBRUARY),
        ("A", "a1", "", FEBRUARY, MARCH),
        ("A", "a1", "unknown", JANUARY, THEN),
        ("A", "a1", "unknown", JANUARY, None),
        ("Z", "z1", "", THEN, None),
    ]


@pytest.mark.parametrize("instant", [datetime(2021, 2, 1), datetime(2021, 3, 1)], ids=str)
def test_what_named_somebody_unknown_is_replayed_as_it_was_understood(bank, tmp_path, instant):
    alone = replayed(bank.mapping, bank.raw, tmp_path / "then", instant)
    require_as_of(alone, bank.ledger, instant)
