"""Corrections against the simulator's truth: mistakes are found, what takes their place is true,
and what is clean is left alone."""

import json

import pandas as pd
import pytest

from tests.support.bank.corrections_found import found_by_kind, open_evidence, touched_without_need
from tests.support.bank.true_values import Sealed, changed_values, later_versions


@pytest.fixture(scope="module")
def evidence(simulated):
    connection = open_evidence(simulated / "ledger", simulated / "truth")
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def changed(simulated):
    return changed_values(Sealed(simulated))


def test_at_least_98_percent_of_the_mistakes_that_can_be_seen_are_found(evidence):
    kinds = found_by_kind(evidence)
    assert {"impossible_birth", "swapped_unreadable", "negative_price", "orphan"} <= set(kinds)
    found, made = (sum(counts) for counts in zip(*kinds.values(), strict=True))
    assert found >= 0.98 * made, kinds


def test_at_most_one_in_a_thousand_clean_values_is_touched(evidence, simulated):
    values, rows = touched_without_need(evidence)
    account = json.loads((simulated / "ledger" / "integration.json").read_text(encoding="utf-8"))
    delivered = sum(row["rows_in"] for row in account["rows"])
    assert values <= 0.001 * delivered
    assert rows <= 0.001 * delivered


def test_every_value_that_a_rule_puts_in_the_place_of_another_is_the_true_one(changed):
    put = changed[(changed["kind"] == "corrected") & changed["after"].notna()]
    assert {
        "birth_from_id_number",
        "price_with_minus_sign",
        "swapped_day_and_month",
        "trade_date_outside_its_month",
    } <= set(put["rule"])
    assert put["right"].all(), put[~put["right"]].to_string()


def test_every_value_that_a_rule_empties_was_wrong(changed):
    emptied = changed[(changed["kind"] == "corrected") & changed["after"].isna()]
    assert len(emptied)
    assert (emptied["before"].str[:10] != emptied["true"]).all(), emptied.to_string()


def test_every_value_that_a_rule_fills_in_is_the_true_one(changed):
    filled = changed[changed["kind"] == "imputed"]
    assert {"birth_date", "gender", "region", "currency"} <= set(filled["column"])
    assert filled["right"].all(), filled[~filled["right"]].to_string()


def test_what_later_deliveries_mend_or_withdraw_stands_as_it_truly_was(simulated):
    mended = later_versions(Sealed(simulated))
    assert set(mended["kind"]) == {"wrong_amount", "wrong_attribute", "cancelled"}
    assert mended["right"].all(), mended["kind"][~mended["right"]].value_counts()


def test_a_value_that_is_not_the_true_one_is_told(simulated, tmp_path):
    for name in ("raw", "truth"):
        (tmp_path / name).symlink_to(simulated / name)
    (tmp_path / "ledger").mkdir()
    changes = pd.read_parquet(simulated / "ledger" / "corrections.parquet")
    genders = changes["column"] == "gender"
    changes.loc[genders, "after"] = "female"
    changes.to_parquet(tmp_path / "ledger" / "corrections.parquet")
    found = changed_values(Sealed(tmp_path)).set_index("column")["right"]
    assert 0.2 < found["gender"].mean() < 0.8
    assert found["birth_date"].sum() > 30


def test_what_another_origin_tells_is_not_left_empty(evidence):
    wrong = evidence.execute(
        "SELECT e.kind, count(*) FROM errors AS e JOIN corrections AS c ON e.file = c.file "
        'AND e.line = c.line AND e.ledger_column = c."column" '
        "WHERE e.recoverable AND c.after IS NULL GROUP BY e.kind"
    ).fetchall()
    assert wrong == []


def test_rows_in_equal_rows_out_and_rejected_for_every_delivery_and_entry(simulated):
    account = json.loads((simulated / "ledger" / "integration.json").read_text(encoding="utf-8"))
    for row in account["rows"]:
        assert row["rows_in"] == row["rows_out"] + sum(row["rejected"].values())
    taken = {}
    for row in account["rows"]:
        taken[row["file"]] = taken.get(row["file"], 0) + row["rows_in"]
    entries = {row["file"] for row in account["rows"] if row["table"]}
    for file in account["files"]:
        if file["file"] in entries:
            assert taken[file["file"]] + file["unused"] == file["rows"], file
