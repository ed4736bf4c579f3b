"""What the Berka bank yields. Skipped where its files are absent."""

import pandas as pd
import pytest

from src.privacy.key import load_key
from src.privacy.pseudonym import CUSTOMER, pseudonym
from src.sources.collect import shared_data
from tests.support.sources.pipeline_stages import (
    data_of,
    integrated,
    ledger_table,
    totals,
    workspace,
)

pytestmark = pytest.mark.skipif(
    not (shared_data() / "berka" / "trans.csv").is_file(),
    reason="no Berka files: set KEHU_SHARED_DATA to the folder that holds berka/",
)


@pytest.fixture(scope="module")
def berka(tmp_path_factory):
    folder = workspace(tmp_path_factory.mktemp("berka"), "berka")
    return folder, integrated(folder)


def test_every_row_is_accounted_for(berka):
    _, account = berka
    assert totals(account, "customers") == (5369, 5369, {})
    assert totals(account, "transactions") == (30_200, 30_200, {})
    assert totals(account, "balances") == (30_200, 23_439, {"superseded": 6761})
    assert "questionnaire" in account["unsupported"]["risk_appetite"]
    assert account["data_end"] == "1998-12-06T00:00:00"


def test_birth_numbers_give_dates_and_genders(berka):
    customers = ledger_table(berka[0], "customers").set_index("customer_id")
    first, second = (
        customers.loc[pseudonym(load_key(), CUSTOMER, client)]
        for client in ("client-1", "client-2")
    )
    assert (str(first["birth_date"].date()), first["gender"]) == ("1970-12-13", "female")
    assert (str(second["birth_date"].date()), second["gender"]) == ("1945-02-04", "male")
    assert second["region"] == "Prague"


def test_closing_balances_mostly_agree_with_where_the_next_day_starts(berka):
    """Slow oracle: the day's statement is a balance from which a row of the next day starts."""
    folder, _ = berka
    trans = pd.read_csv(data_of(folder) / "raw/trans.csv", sep=";")
    signed = trans["amount"].where(trans["type"] == "credit", -trans["amount"])
    trans["before"] = ((trans["balance"] - signed) * 100).round().astype("int64")
    trans["day"] = pd.to_datetime("19" + trans["date"].astype(str))
    starts = trans.groupby(["account_id", "day"])["before"].agg(set)
    numbers = pd.read_parquet(data_of(folder) / "vault/accounts.parquet").set_index("account_id")
    balances = ledger_table(folder, "balances")
    account = balances["account_id"].map(numbers["account"])
    account = account.str.removeprefix("account-").astype(int)
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
    balances = ledger_table(berka[0], "balances")
    assert (balances["known_at"] < balances["as_of"]).all()
