"""What the Berka bank yields. Skipped where its files are absent."""

import json

import pandas as pd
import pytest

from src.sources.collect import collect, shared_data
from src.sources.integrate import integrate
from src.sources.mapping import load_mapping
from tests.sources.conftest import CONFIGS, SMALL

pytestmark = pytest.mark.skipif(
    not (shared_data() / "berka" / "trans.csv").is_file(),
    reason="no Berka files: set KEHU_SHARED_DATA to the folder that holds berka/",
)


@pytest.fixture(scope="module")
def berka(tmp_path_factory):
    folder = tmp_path_factory.mktemp("berka")
    collect("berka", SMALL, 1, CONFIGS, folder / "in", folder / "raw", folder / "truth")
    integrate(load_mapping(CONFIGS / "berka.yaml"), folder / "raw", folder / "ledger")
    return folder


def test_every_row_is_accounted_for(berka):
    account = json.loads((berka / "ledger" / "integration.json").read_text(encoding="utf-8"))
    rows = {row["table"]: row for row in account["rows"]}
    assert rows["customers"]["rows_out"] == 5369
    assert rows["transactions"]["rows_out"] == rows["transactions"]["rows_in"] == 30_200
    balances = rows["balances"]
    assert (
        balances["rows_in"] == 30_200 == balances["rows_out"] + balances["rejected"]["superseded"]
    )
    assert "questionnaire" in account["unsupported"]["risk_appetite"]
    assert account["data_end"] == "1998-12-06T00:00:00"


def test_birth_numbers_give_dates_and_genders(berka):
    customers = pd.read_parquet(berka / "ledger" / "customers.parquet").set_index("customer_id")
    first = customers.loc["client-1"]
    assert (str(first["birth_date"].date()), first["gender"]) == ("1970-12-13", "female")
    second = customers.loc["client-2"]
    assert (str(second["birth_date"].date()), second["gender"]) == ("1945-02-04", "male")
    assert second["region"] == "Prague"


def test_closing_balances_mostly_agree_with_where_the_next_day_starts(berka):
    """Slow oracle: the day's statement is a balance from which a row of the next day starts."""
    trans = pd.read_csv(berka / "raw" / "trans.csv", sep=";")
    signed = trans["amount"].where(trans["type"] == "credit", -trans["amount"])
    trans["before"] = ((trans["balance"] - signed) * 100).round().astype("int64")
    trans["day"] = pd.to_datetime("19" + trans["date"].astype(str))
    starts = trans.groupby(["account_id", "day"])["before"].agg(set)
    balances = pd.read_parquet(berka / "ledger" / "balances.parquet")
    account = balances["account_id"].str.removeprefix("account-").astype(int)
    day = balances["as_of"] - pd.Timedelta(days=1)
    closing = dict(zip(zip(account, day, strict=True), balances["amount_minor"], strict=True))
    assert len(closing) == len(starts)
    agreeing = [
        closing[this] in following
        for this, (after, following) in zip(starts.index, list(starts.items())[1:], strict=False)
        if this[0] == after[0]
    ]
    assert sum(agreeing) / len(agreeing) > 0.93


def test_a_statement_is_known_before_the_instant_that_it_covers(berka):
    balances = pd.read_parquet(berka / "ledger" / "balances.parquet")
    assert (balances["known_at"] < balances["as_of"]).all()
