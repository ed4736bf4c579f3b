"""What the quarter snapshots of a Chinese bank yield. Skipped where its files are absent."""

import pandas as pd
import pytest

from src.sources.collect import shared_data
from tests.support.sources.pipeline_stages import (
    integrated,
    labelled,
    ledger_table,
    totals,
    workspace,
)

FILES = shared_data() / "xiamen"
QUARTER_END = pd.Timestamp("2019-10-01")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (FILES / "aum_Q3.csv").is_file(),
        reason="no Xiamen files: set KEHU_SHARED_DATA to the folder that holds xiamen/",
    ),
]


@pytest.fixture(scope="module")
def quarter(tmp_path_factory):
    folder = workspace(tmp_path_factory.mktemp("xiamen"), "xiamen")
    return folder, integrated(folder)


def test_every_row_is_accounted_for(quarter):
    _, account = quarter
    assert totals(account, "customers") == (69_126, 69_126, {})
    assert totals(account, "labels") == (69_126, 69_126, {})
    rows_in, rows_out, rejected = totals(account, "balances")
    assert rejected == {"not_on_the_list": 117_047 + 123_567}
    assert rows_in - rows_out == 240_614
    assert totals(account, "transactions") == (83_522, 83_522, {})
    assert account["data_end"] == "2019-10-01T00:00:00"


def test_the_classes_and_what_they_leave_over_add_up_to_assets_less_loans(quarter):
    """Slow oracle: the sums of the files' columns, in pandas."""
    folder, _ = quarter
    stated = ledger_table(folder, "balances")
    now = stated[stated["as_of"] == QUARTER_END]
    aum = pd.read_csv(FILES / "aum_Q3.csv")
    deposits = pd.read_csv(FILES / "cunkuan_m9.csv")
    deposits = aum.merge(deposits, on="cust_no", how="left")
    kinds = deposits["X1"] + deposits["X2"] + deposits["X3"] + deposits["X8"]
    total = deposits["C1"].fillna(kinds) + aum["X4"] + aum["X5"] + aum["X6"] - aum["X7"]
    assert now["amount_minor"].sum() == pytest.approx(100 * total.sum(), abs=1)
    assert now.loc[now["asset_class"] == "loan", "amount_minor"].max() < 0
    assert now["customer_id"].nunique() == 69_126
    # at the months' ends before, the deposits are of no kind
    listed = pd.read_csv(FILES / "cust_avli_Q3.csv")
    for day, name in (("2019-08-01", "cunkuan_m7"), ("2019-09-01", "cunkuan_m8")):
        then = stated.loc[stated["as_of"] == pd.Timestamp(day), "amount_minor"].sum()
        month = pd.read_csv(FILES / f"{name}.csv").merge(listed, on="cust_no")
        assert then == pytest.approx(100 * month["C1"].sum(), abs=1)


def test_statements_are_known_at_the_instant_that_they_cover_and_labels_a_quarter_later(quarter):
    folder, _ = quarter
    stated, told = ledger_table(folder, "balances"), ledger_table(folder, "labels")
    assert (stated["as_of"] - stated["known_at"] == pd.Timedelta(microseconds=1)).all()
    assert (told["as_of"] == QUARTER_END).all()
    assert (told["known_at"] == pd.Timestamp("2020-01-01")).all()
    shares = told["label"].value_counts(normalize=True)
    assert shares["churns"] == pytest.approx(0.154, abs=0.001)


def test_every_labelled_customer_is_looked_at_at_the_quarters_end(quarter):
    folder, _ = quarter
    found = labelled(folder)
    assert (found["churn"]["supported"], found["churn"]["rows"]) == (True, 69_126)
    account = found["churn"]["horizons"]["92"]
    # at the two months' starts before nobody says what became of them
    assert account["spine_rows"] == 3 * 69_126
    assert account["unlabelled"] == {"not_delivered": 2 * 69_126}
    assert account["class_rows"]["churns"] == 10_654
    assert found["churn"]["delivered"] == {"known_after_days": [92.0, 92.0]}
    tiers = {each["value"]: each["rows"] for each in account["by_segment"]["tier"]}
    assert sum(tiers.values()) == 69_126
    assert "questionnaire" in found["risk_appetite"]["reason"]
    assert "snapshot" in found["value_tier"]["reason"]
