"""From a ledger row back to file and line, by its place or by its key."""

import pytest

from src.core.errors import LedgerError
from src.core.files import read_json
from src.quality.lineage import look_up, told
from tests.support.quality.sound_bank import DAY, START, core, sound_bank


def lines(ledger, table: str, row: int | None, key: list[str]) -> list[str]:
    """What the command prints."""
    return [line for origin in look_up(ledger, table, row, key) for line in told(table, origin)]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    world = sound_bank(customers=3, per_month=2)
    world.lines["customers"][1].append(("core_parties.csv", 7))
    world.correct("customers", "birth_date", "swapped", "corrected", ("core_parties.csv", 7))
    rate = {"currency": "USD", "date": START, "rate": 7.0, "known_at": START}
    world.add("fx_rates", rate)
    later = {**world.rows["transactions"][0], "known_at": START + 9 * DAY}
    world.add("transactions", later, (core(1), 99))
    return world.write(tmp_path_factory.mktemp("lineage"))


def test_a_row_by_its_place(ledger):
    found = lines(ledger, "transactions", 5, [])
    assert found[0].startswith("transactions row 5 (transaction_id ")
    assert found[1:] == [f"  {core(2)}:2"]


def test_every_version_of_a_row_by_its_key(ledger):
    found = lines(ledger, "transactions", None, ["transaction_id=T0-1"])
    assert [line for line in found if line.startswith("  ")] == [
        f"  {core(0)}:1",
        f"  {core(1)}:99",
    ]


def test_a_key_of_several_columns_and_another_type(ledger):
    (title, line) = lines(ledger, "prices", None, ["product_id=FUND", "date=2024-02-01"])
    assert (title.split(" (")[0], line) == ("prices row 1", "  prices.csv:3")


def test_a_customer_of_several_systems_has_a_line_of_each_and_what_was_corrected(ledger):
    assert lines(ledger, "customers", 1, [])[1:] == [
        "  core_parties.csv:7",
        "  crm.csv:3",
        "  corrected birth_date by rule swapped at core_parties.csv:7",
    ]


def test_a_row_that_integration_made_says_so(ledger):
    assert "of no file" in lines(ledger, "fx_rates", 1, [])[1]


@pytest.mark.parametrize(
    ("table", "row", "key", "said"),
    [
        ("transaction", 0, [], "Did you mean 'transactions'?"),
        ("transactions", 10**6, [], "expected one from 0 to"),
        ("transactions", None, ["transaction_id=none"], "no row with this transaction_id"),
        ("transactions", None, ["transactionid=T1"], "Did you mean 'transaction_id'?"),
        ("transactions", None, ["T1"], "expected COLUMN=VALUE"),
        ("prices", None, ["date=yesterday"], "not of its column's type"),
    ],
)
def test_what_is_not_there_is_told_with_a_remedy(ledger, table, row, key, said):
    with pytest.raises(LedgerError) as caught:
        lines(ledger, table, row, key)
    assert said in str(caught.value)


def test_a_missing_file_of_the_ledger_is_told(ledger, tmp_path):
    with pytest.raises(LedgerError, match="Run `dvc repro integrate`"):
        look_up(tmp_path, "transactions", 0, [])


def test_the_account_is_what_integration_writes(ledger):
    assert read_json(ledger / "integration.json")["source"] == "test"
