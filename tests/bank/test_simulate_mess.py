"""The deliveries are as untidy as declared, and the truth lists every mistake in its place."""

import csv
import io
import json
from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from src.bank.write import simulate
from src.core.params.simulation import MessParams
from tests.support.bank.sealed_truth import Truth, read_truth
from tests.support.bank.small_banks import SMALL, TIDY

ENCODINGS = {"crm/customers": "gbk", "core/statements": "gbk"}
LEARNED = {
    "crm/customers": ("changed_at", "%Y-%m-%d %H:%M:%S"),
    "core/parties": ("changed_at", "%d/%m/%Y %H:%M:%S"),
    "core/transactions": ("posted_at", None),
    "core/statements": ("drawn_at", "%Y-%m-%d %H:%M:%S"),
    "contact/callers": ("first_contact", "%Y-%m-%dT%H:%M:%SZ"),
    "contact/log": ("logged", "%Y-%m-%dT%H:%M:%SZ"),
    "suitability/questionnaires": ("signed_at", "%d.%m.%Y %H:%M:%S"),
    "market/prices": ("price_day", "%Y-%m-%d"),
    "market/fx_rates": ("fixing_day", "%Y-%m-%d"),
}


@pytest.fixture(scope="module")
def raw(small_bank: Path) -> Path:
    return small_bank / "raw"


@pytest.fixture(scope="module")
def truth(small_bank: Path) -> Truth:
    return read_truth(small_bank / "truth")


def _system(name: str) -> str:
    return name.rpartition("_")[0]


@cache
def _lines(path: Path, name: str) -> list[dict[str, object]]:
    """All rows of a delivery, as a slow and obvious reader sees them; a cut line is left out."""
    if name.endswith(".parquet"):
        return pd.read_parquet(path).to_dict("records")
    text = path.read_bytes().decode(ENCODINGS.get(_system(name), "utf-8-sig"))
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines() if line.endswith("}")]
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def _rows(raw: Path, name: str) -> list[dict[str, object]]:
    return _lines(raw / name, name)


def _files(raw: Path, system: str = "") -> list[str]:
    found = [path.relative_to(raw).as_posix() for path in sorted(raw.rglob("*.*"))]
    beside = {"control.csv", "manifest.json"}
    return [name for name in found if name.startswith(system) and name not in beside]


def _stamp(name: str) -> datetime:
    return datetime.strptime(name.rpartition("_")[2][:8], "%Y%m%d")


def test_every_mistake_stands_where_the_truth_says(raw, truth):
    for row in truth.errors[truth.errors["column"].notna()].itertuples():
        first = 1 if row.file.endswith(("jsonl", "parquet")) else 2
        value = _rows(raw, row.file)[row.line - first][row.column]
        found = None if value in (None, "") else str(value)
        assert found == (None if pd.isna(row.found) else row.found), row
        assert row.found != row.true


def test_each_kind_of_mistake_occurs(truth):
    assert set(truth.errors["kind"]) == {
        "account_typo", "cancelled", "id_typo", "impossible_birth", "missing", "name_typo",
        "negative_price", "orphan", "others_account", "phone_typo", "repeated", "swapped_readable",
        "swapped_unreadable", "truncated", "wrong_amount", "wrong_attribute",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("system", "column", "kind", "rate"),
    [
        ("core/transactions", "amount_fen", "wrong_amount", "corrected_amount"),
        ("core/transactions", "acct_no", "orphan", "orphans"),
        ("core/parties", "tel", "missing", "missing_phone"),
        ("crm/customers", "address", "missing", "missing_address"),
        ("market/prices", "nav", "negative_price", "negative_price"),
    ],
)
def test_mistakes_are_as_frequent_as_the_parameters_say(raw, truth, system, column, kind, rate):
    rows = sum(len(_rows(raw, name)) for name in _files(raw, system))
    errors = truth.errors
    found = errors["file"].str.startswith(system) & (errors["column"] == column)
    count = (found & (errors["kind"] == kind)).sum()
    expected = getattr(SMALL.mess, rate) * rows
    assert count == pytest.approx(expected, abs=4 * expected**0.5)


@pytest.mark.parametrize(
    ("column", "rate"),
    [("birth", "caller_without_birth"), ("account_tail", "caller_without_account")],
)
def test_callers_leave_out_as_much_as_the_parameters_say(raw, column, rate):
    rows = [row for name in _files(raw, "contact/callers") for row in _rows(raw, name)]
    without = sum(row[column] is None for row in rows)
    expected = getattr(SMALL.mess, rate) * len(rows)
    assert without == pytest.approx(expected, abs=4 * expected**0.5)


def test_a_tidy_bank_makes_no_mistake_and_restates_nothing(tmp_path):
    for name in ("raw", "truth"):
        (tmp_path / name).mkdir()
    tidy = SMALL.model_copy(update={"customers": 60, "months": 13, "mess": TIDY})
    simulate(tidy, 3, tmp_path / "raw", tmp_path / "truth")
    assert len(read_truth(tmp_path / "truth").errors) == 0
    assert [_stamp(name).year for name in _files(tmp_path / "raw", "core/statements")] == [
        2023,
        2024,
    ]
    parties = [len(_rows(tmp_path / "raw", n)) for n in _files(tmp_path / "raw", "core/parties")]
    assert sum(parties) == 60


def test_rows_of_a_delivery_were_learned_before_it_and_after_the_one_before(raw):
    for name in _files(raw):
        if _system(name) not in LEARNED:
            continue
        column, style = LEARNED[_system(name)]
        stamp = _stamp(name)
        first = (stamp - timedelta(days=1)).replace(day=1)
        for row in _rows(raw, name):
            value = row[column]
            at = value if style is None else datetime.strptime(value, style)
            assert at < stamp, (name, row)
            again = _system(name) == "core/transactions" and row["status"] == "N"
            assert again or at >= first or stamp == datetime(2023, 1, 1), (name, row)


def test_only_repeated_postings_come_a_delivery_late(raw, truth):
    repeated = truth.errors[truth.errors["kind"] == "repeated"]
    known = set(zip(repeated["file"], repeated["line"], strict=True))
    for name in _files(raw, "core/transactions"):
        first = (_stamp(name) - timedelta(days=1)).replace(day=1)
        for line, row in enumerate(_rows(raw, name), start=1):
            if row["posted_at"] < first:
                assert (name, line) in known


def test_every_repeated_row_has_a_twin_of_the_same_content(raw, truth):
    rows = [
        (name, line, json.dumps(row, default=str, sort_keys=True))
        for name in _files(raw)
        for line, row in enumerate(_rows(raw, name), start=1)
    ]
    count = Counter((_system(name), text) for name, _, text in rows)
    place = {(name, line): text for name, line, text in rows}
    repeated = truth.errors[truth.errors["kind"] == "repeated"]
    for row in repeated.itertuples():
        line = row.line if row.file.endswith(("jsonl", "parquet")) else row.line - 1
        assert count[_system(row.file), place[row.file, line]] > 1


def test_corrections_and_withdrawals_repeat_the_number_later(raw):
    rows = pd.concat([pd.DataFrame(_rows(raw, n)) for n in _files(raw, "core/transactions")])
    first = rows[rows["status"] == "N"].drop_duplicates("txn_no").set_index("txn_no")
    later = rows[rows["status"] != "N"].set_index("txn_no")
    assert set(later["status"]) == {"C", "X"}
    before = first.loc[later.index]
    assert (later["posted_at"] > before["posted_at"]).all()
    same = later["amount_fen"] == before["amount_fen"]
    assert (same == (later["status"] == "X")).all()


def test_one_log_is_cut_in_a_line_and_the_next_brings_what_was_lost(raw, truth):
    cut = truth.errors[truth.errors["kind"] == "truncated"]
    assert len(cut) == 1
    name, line = cut["file"].iloc[0], cut["line"].iloc[0]
    text = (raw / name).read_text("utf-8")
    assert not text.endswith("\n")
    assert len(text.splitlines()) == line
    control = pd.read_csv(raw / "control.csv").set_index("file")["rows"]
    lost = control[name] - len(_rows(raw, name))
    names = _files(raw, "contact/log")
    after = _rows(raw, names[names.index(name) + 1])
    again = [row for row in after if row["at"] < f"{_stamp(name):%Y-%m-%d}"]
    assert 0 < len(again) <= lost
    assert all(row["logged"] > f"{_stamp(name):%Y-%m-%d}" for row in again)
    ids = {row["id"] for each in names for row in _rows(raw, each)}
    assert ids == {f"K{number:09d}" for number in range(len(ids))}


def test_the_control_file_counts_the_rows_of_every_whole_delivery(raw, truth):
    control = pd.read_csv(raw / "control.csv").set_index("file")["rows"].to_dict()
    cut = set(truth.errors[truth.errors["kind"] == "truncated"]["file"])
    assert set(control) == set(_files(raw))
    for name, rows in control.items():
        assert (len(_rows(raw, name)) == rows) == (name not in cut)


def test_systems_write_their_own_encodings(raw):
    assert (raw / "core/parties_20230101.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert not (raw / "brokerage/clients_20230101.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    for name in ("crm/customers_20230101.csv", "core/statements_20230101.csv"):
        with pytest.raises(UnicodeDecodeError):
            (raw / name).read_text("utf-8")


def test_each_record_and_account_belongs_to_one_person(raw, truth):
    delivered = {
        f"{prefix}:{row[column]}"
        for system, prefix, column in (
            ("crm/customers", "crm", "cust_no"),
            ("core/parties", "core", "cif_no"),
            ("brokerage/clients", "brokerage", "client_no"),
            ("contact/callers", "contact", "caller_id"),
        )
        for name in _files(raw, system)
        for row in _rows(raw, name)
    }
    assert set(truth.records["record"]) == delivered
    assert truth.records["record"].is_unique
    accounts = {r["acct_no"] for n in _files(raw, "core/accounts") for r in _rows(raw, n)}
    assert set(truth.accounts["account"]) == accounts
    crm = truth.records[truth.records["record"].str.startswith("crm:")]
    assert 0 < crm["person"].duplicated().sum() < 0.1 * len(crm)


def _is_valid(number: str, person: bool) -> bool:
    """Check digits by the words of GB 11643 and GB 32100."""
    if person:
        total = sum(int(digit) * 2 ** (17 - i) for i, digit in enumerate(number[:17]))
        return "10X98765432"[total % 11] == number[17]
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(letters.index(c) * 3**i for i, c in enumerate(number[:17]))
    return letters[-total % 31] == number[17]


def test_identity_numbers_are_valid_but_for_typos_and_tell_birth_and_sex(raw, truth):
    typos = truth.errors[truth.errors["kind"] == "id_typo"]
    wrong = set(zip(typos["file"], typos["line"], strict=True))
    births = truth.errors[truth.errors["column"] == "born"]
    wrong_births = set(zip(births["file"], births["line"], strict=True))
    seen = 0
    for name in _files(raw, "crm/customers"):
        for line, row in enumerate(_rows(raw, name), start=2):
            number = str(row["id_no"])
            if not number:
                continue
            assert _is_valid(number, row["cust_type"] == "P") == ((name, line) not in wrong)
            if row["cust_type"] == "P" and (name, line) not in wrong | wrong_births and row["born"]:
                assert number[6:14] == row["born"]
                assert not row["sex"] or (int(number[16]) % 2 == 1) == (row["sex"] == "M")
                seen += 1
    assert seen > 300


def test_no_two_people_share_an_identity_number(raw, truth):
    typos = truth.errors[truth.errors["kind"] == "id_typo"]
    wrong = set(zip(typos["file"], typos["line"], strict=True))
    person = truth.records.set_index("record")["person"]
    owner: dict[str, int] = {}
    for name in _files(raw, "crm/customers"):
        for line, row in enumerate(_rows(raw, name), start=2):
            if row["id_no"] and (name, line) not in wrong:
                whose = person[f"crm:{row['cust_no']}"]
                assert owner.setdefault(str(row["id_no"]), whose) == whose


def test_rates_are_shares():
    with pytest.raises(ValueError, match="less than or equal to 1"):
        MessParams(repeated=1.5)
