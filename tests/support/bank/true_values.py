"""What changed values ought to be: by the sealed truth and the extracts read by hand."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from src.bank.customers.places import LATIN_PROVINCES, PROVINCES, SHORT_PROVINCES

# System -> its folder and the column of its customer numbers.
_KEYS = {
    "crm/customers": ("crm", "cust_no"),
    "core/parties": ("core", "cif_no"),
    "brokerage/clients": ("brokerage", "client_no"),
    "contact/callers": ("contact", "caller_id"),
}
_DATES = {
    ("crm/customers", "born"): "%Y%m%d",
    ("core/parties", "birth"): "%d/%m/%Y",
    ("brokerage/clients", "birth"): "%Y/%m/%d",
    ("contact/callers", "birth"): "%Y-%m-%d",
    ("brokerage/trades", "trade_date"): "%Y/%m/%d",
}
_MEANINGS = {
    "sex": {"F": "female", "M": "male"},
    "province": {
        text: latin
        for spellings in (PROVINCES, SHORT_PROVINCES, LATIN_PROVINCES)
        for text, latin in zip(spellings, LATIN_PROVINCES, strict=True)
    },
    "income_class": {letter: str(band) for band, letter in enumerate("ABCDE", start=1)},
}
# Raw column -> the ledger columns that are made of it.
LEDGER_COLUMNS = {
    "birth": ("birth_date",),
    "born": ("birth_date",),
    "sex": ("gender",),
    "province": ("region",),
    "income_class": ("income_band",),
    "marital": ("marital_status",),
    "trade_date": ("occurred_at", "known_at"),
    "ccy": ("currency",),
    "nav": ("close",),
    "amount_fen": ("amount_minor",),
}
_OF_PERSONS = {"birth_date": "born", "gender": "sex", "region": "province"}


@dataclass(frozen=True)
class Sealed:
    """A simulated bank's folder: raw, truth, ledger and vault."""

    folder: Path

    @cached_property
    def errors(self) -> pd.DataFrame:
        """file, line, raw column, kind, true: the mistakes in columns."""
        errors = pd.read_parquet(self.folder / "truth" / "errors.parquet")
        return errors[errors["column"].notna()]

    @cached_property
    def records(self) -> dict[tuple[str, int], str]:
        """Whose line it is: (file, line) -> record, of all customer files."""
        return {
            (file, line): f"{_KEYS[system(file)][0]}:{row[_KEYS[system(file)][1]]}"
            for stem in _KEYS
            for file, line, row in self.rows(stem)
        }

    @cached_property
    def persons(self) -> dict[str, int]:
        """The person behind each record."""
        truth = pd.read_parquet(self.folder / "truth" / "records.parquet")
        return dict(zip(truth["record"], truth["person"], strict=True))

    @cached_property
    def told_of_persons(self) -> dict[tuple[int, str], str | None]:
        """(person, ledger column) -> what the CRM would tell without its mistakes."""
        crm = self.errors[self.errors["file"].str.startswith("crm/")]
        mended = {(e.file, e.line, e.column): e.true for e in crm.itertuples()}
        return {
            (self.persons[f"crm:{row['cust_no']}"], column): meaning(
                file, raw, mended.get((file, line, raw), row[raw])
            )
            for file, line, row in self.rows("crm/customers")
            for column, raw in _OF_PERSONS.items()
        }

    def rows(self, stem: str) -> Iterator[tuple[str, int, dict[str, str]]]:
        """(file, line, row) of all deliveries of a CSV or JSON Lines file."""
        for path in sorted((self.folder / "raw").glob(f"{stem}_*")):
            name = path.relative_to(self.folder / "raw").as_posix()
            text = path.read_text("gbk" if stem == "crm/customers" else "utf-8-sig")
            if path.suffix == ".jsonl":
                for line, each in enumerate(text.splitlines(), start=1):
                    yield name, line, json.loads(each)
                continue
            head = text.partition("\n")[0]
            table = csv.DictReader(text.splitlines(), delimiter=";" if ";" in head else ",")
            for line, row in enumerate(table, start=2):
                yield name, line, row


def system(file: str) -> str:
    """A delivery's name without its stamp: core/parties."""
    return file.rpartition("_")[0]


def meaning(file: str, column: str, text: str | None) -> str | None:
    """What a raw text means in the ledger, as text; dates without a time of day."""
    if text is None or pd.isna(text) or text == "":
        return None
    if style := _DATES.get((system(file), column)):
        return f"{datetime.strptime(text, style):%Y-%m-%d}"
    return _MEANINGS[column][text] if column in _MEANINGS else text


def changed_values(sealed: Sealed) -> pd.DataFrame:
    """Every value that reading and rules changed: rule, kind (corrected, imputed), column, before,
    after, true and right. A value on which no mistake lies was true as it was delivered; one that
    was never delivered is what the CRM would tell of that person."""
    changes = pd.read_parquet(sealed.folder / "ledger" / "corrections.parquet").astype(object)
    changes = changes.where(changes.notna(), None)
    wrong = {
        (e.file, e.line, column): meaning(e.file, e.column, e.true)
        for e in sealed.errors.itertuples()
        for column in LEDGER_COLUMNS.get(e.column, ())
    }
    changes["true"] = [
        wrong.get((c.file, c.line, c.column), _as_delivered(sealed, c))
        for c in changes.itertuples()
    ]
    changes["right"] = [_equal(c) for c in changes.itertuples()]
    return changes[["rule", "kind", "column", "before", "after", "true", "right"]]


def _as_delivered(sealed: Sealed, change) -> str | None:
    if change.before is not None or change.column not in _OF_PERSONS:
        return change.before
    person = sealed.persons[sealed.records[change.file, change.line]]
    return sealed.told_of_persons[person, change.column]


def _equal(change) -> bool:
    if change.after is None or change.true is None:
        return False
    if change.column == "close":
        return float(change.after) == float(change.true)
    if change.column in ("birth_date", "occurred_at", "known_at"):
        timely = len(change.before or "") != len(change.after) or (
            change.after[10:] == change.before[10:]
        )
        return change.after[:10] == change.true and timely
    return change.after == change.true


def later_versions(sealed: Sealed) -> pd.DataFrame:
    """What later deliveries mended or withdrew: kind of mistake, and right: the version that stands
    has the true value, or none stands."""
    amounts, bands = _standing_amounts(sealed.folder), _standing_bands(sealed.folder)
    errors = pd.read_parquet(sealed.folder / "truth" / "errors.parquet")
    found = []
    for file, mistakes in errors.groupby("file"):
        for e in mistakes[mistakes["kind"] == "wrong_attribute"].itertuples():
            told = bands.get(sealed.records[file, e.line])
            found.append((e.kind, told == meaning(file, e.column, e.true)))
        booked = mistakes[mistakes["kind"].isin(["wrong_amount", "cancelled"])]
        if len(booked):
            numbers = pq.read_table(sealed.folder / "raw" / file)["txn_no"].to_pylist()
            for e in booked.itertuples():
                true = None if e.kind == "cancelled" else int(e.true)
                found.append((e.kind, amounts.get(f"core-{numbers[e.line - 1]}") == true))
    return pd.DataFrame(found, columns=["kind", "right"])


def _standing_amounts(folder: Path) -> dict[str, int]:
    """Minor units, without their sign, of the movements that stand."""
    moves = pd.read_parquet(folder / "ledger" / "transactions.parquet")
    moves = moves[moves["known_until"].isna()]
    return dict(zip(moves["transaction_id"], moves["amount_minor"].abs(), strict=True))


def _standing_bands(folder: Path) -> dict[str, str]:
    """Record -> income band of the customer that it belongs to."""
    links = pd.read_parquet(folder / "vault" / "cross_reference.parquet")
    known = pd.read_parquet(folder / "ledger" / "customers.parquet")
    both = links[links["known_until"].isna()].merge(
        known[known["known_until"].isna() & known["income_band"].notna()], on="customer_id"
    )
    return {row.record: str(int(row.income_band)) for row in both.itertuples()}
