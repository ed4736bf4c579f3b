"""What the FAR-Trans investors yield. Skipped where their files are absent."""

import json
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from src.core.engine import EngineParams, connect
from src.core.ledger import open_ledger
from src.core.taxonomy import load_taxonomy
from src.features.labels import Outcomes
from src.features.plan import fetched
from src.features.spine import make_spine
from src.sources.collect import shared_data
from tests.support.sources.pipeline_stages import integrated, ledger_table, totals, workspace

FILES = shared_data() / "far_trans"
MADE_UP = pd.Timestamp("2018-01-02")

pytestmark = pytest.mark.skipif(
    not (FILES / "customer_information.csv").is_file(),
    reason="no FAR-Trans files: set KEHU_SHARED_DATA to the folder that holds far_trans/",
)


@pytest.fixture(scope="module")
def investors(tmp_path_factory):
    folder = workspace(tmp_path_factory.mktemp("far_trans"), "far_trans")
    return folder, integrated(folder)


def test_every_row_is_accounted_for_by_a_rule_with_a_name(investors):
    _, account = investors
    assert totals(account, "customers") == (32_468, 29_090, {"repeated": 3378})
    assert totals(account, "products") == (836, 804, {"superseded": 30, "corrupt_isin": 2})
    rows_in, rows_out, rejected = totals(account, "transactions")
    assert (rows_in, rows_out) == (55_600 + 84_669, 63_617)
    assert rejected == {
        "synthesised_opening_position": 35_686,
        "stands_among_the_dated": 40_964,
        "orphan_product": 2,
    }
    rows_in, rows_out, rejected = totals(account, "questionnaires")
    assert (rows_in, rows_out) == (32_468, 15_080)
    assert rejected["inferred_by_the_bank"] == 7141
    assert rejected["placeholder_date"] == 1
    corrected = {rule["name"]: rule["changed"] for rule in account["rules"]}
    assert corrected["isin_without_its_country"] > 300


def test_only_declared_levels_become_questionnaires_one_for_each_customer(investors):
    """Slow oracle: the rows of the file, one by one, without the mapping."""
    folder, _ = investors
    found = ledger_table(folder, "questionnaires")
    rows = pd.read_csv(FILES / "customer_information.csv")
    declared = rows[rows["riskLevel"].isin(["Conservative", "Income", "Balanced", "Aggressive"])]
    last = declared.groupby("customerID").agg(
        level=("riskLevel", "first"), at=("lastQuestionnaireDate", "max")
    )
    assert found["customer_id"].is_unique
    assert len(found) == len(last)
    levels = last["level"].map({"Conservative": 1, "Income": 2, "Balanced": 3, "Aggressive": 4})
    assert found["risk_level"].value_counts().to_dict() == levels.value_counts().to_dict()
    assert found["completed_at"].value_counts().to_dict() == (
        pd.to_datetime(last["at"]).value_counts().to_dict()
    )
    # nor is an answer known of a customer who isn't
    assert (found["known_at"] >= found["completed_at"]).all()
    assert "Predicted" not in "".join(found["answers"].dropna().unique())


def test_a_purchase_has_no_amount_and_counts_only_when_it_was_known_to_have_happened(investors):
    folder, _ = investors
    buys = ledger_table(folder, "transactions")
    assert (buys["kind"].unique(), buys["amount_minor"].unique()) == (["buy"], [0])
    assert buys["quantity"].isna().all()
    assert (buys["occurred_at"] > MADE_UP).all()
    reconstructed = buys[buys["transaction_id"].str.startswith("first-")]
    assert (reconstructed["known_at"] > reconstructed["occurred_at"]).all()
    windows = pd.read_csv(FILES / "first_buys_reconstructed.csv")
    undated = windows[windows["exact_first_buy"].isna()]
    ends = pd.to_datetime(undated["window_end"]).value_counts()
    seen = reconstructed["occurred_at"].value_counts()
    assert (ends - seen.reindex(ends.index)).sum() == 2  # of the bond whose ISIN is none


def test_no_label_is_inferred_and_none_is_of_a_snapshot_after_its_questionnaire(investors):
    """Slow oracle: what came of all, from the questionnaires alone, row by row in pandas."""
    folder, _ = investors
    ledger = open_ledger(folder / "data/ledger", connect(EngineParams(threads=1)))
    policy = load_taxonomy(Path("configs/taxonomy.yaml"), "far_trans")
    spine = make_spine(ledger, [datetime(2019, 1, 1), datetime(2019, 7, 1), datetime(2021, 7, 1)])
    declared = ledger_table(folder, "questionnaires").set_index("customer_id")
    rows = spine.join(declared[["completed_at", "risk_level"]], on="customer_id")
    after = rows["completed_at"] - rows["as_of"]
    ahead = (after >= pd.Timedelta(0)) & (after < pd.Timedelta(days=180))
    found = fetched(ledger, Outcomes(ledger, spine, policy).of("risk_appetite", 180))
    found = found.sort_values("row", ignore_index=True)
    assert found["label"].notna().equals(ahead)
    assert (found.loc[ahead, "label"] == rows.loc[ahead, "risk_level"] - 1).all()
    assert set(found.loc[~ahead, "why"]) == {"no_questionnaire"}
    assert ahead.sum() > 100


def test_no_price_is_known_before_its_day_is_over(investors):
    folder, _ = investors
    prices = ledger_table(folder, "prices")
    assert (prices["known_at"] > prices["date"]).all()
    assert prices["product_id"].nunique() == 804


def test_the_shipped_mapping_supports_risk_appetite_alone_and_says_why(investors):
    _, account = investors
    assert account["supports"] == {"risk_appetite": True}
    assert "amounts" in account["unsupported"]["value_tier"]
    assert "sales" in account["unsupported"]["churn"]
    assert not json.dumps(account).count("DED5BF19E23CCCFEE322")
