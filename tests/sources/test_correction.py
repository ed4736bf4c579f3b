"""Corrections against the simulator's truth: mistakes are found, what is clean is left alone."""

import json

import pytest

from tests.sources.correcting import found_by_kind, open_evidence, touched_without_need


@pytest.fixture(scope="module")
def evidence(simulated):
    connection = open_evidence(simulated / "ledger", simulated / "truth")
    yield connection
    connection.close()


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
