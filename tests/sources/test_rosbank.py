"""The Rosbank layout, on a small file of the same columns that is made here."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from tests.support.sources.pipeline_stages import (
    integrated,
    judged,
    labelled,
    ledger_table,
    split_of,
    totals,
    workspace,
)

CATEGORIES = ["POS", "DEPOSIT", "WD_ATM_ROS", "C2C_OUT", "C2C_IN", "BACK_TRX"]
CLIENTS = 600
COLUMNS = [
    "PERIOD",
    "cl_id",
    "MCC",
    "channel_type",
    "currency",
    "TRDATETIME",
    "amount",
    "trx_category",
    "target_flag",
    "target_sum",
]


def movements() -> pd.DataFrame:
    """Clients with movements in three months each, of which those with few are to leave."""
    rng = np.random.default_rng(11)
    return pd.DataFrame(
        [row for client in range(CLIENTS) for row in _of(client, rng)], columns=COLUMNS
    )


def _of(client: int, rng: np.random.Generator) -> Iterator[tuple]:
    leaves = client % 2
    first = pd.Timestamp("2016-12-01") + pd.DateOffset(months=client % 9)
    for month in range(3):
        start = first + pd.DateOffset(months=month)
        for _ in range(int(rng.integers(2, 4 if leaves else 12))):
            at = start + pd.Timedelta(hours=int(rng.integers(0, 27 * 24)))
            kind = CATEGORIES[int(rng.integers(0, len(CATEGORIES)))]
            yield (
                f"{start:%d/%m/%Y}",
                client,
                5411 if kind == "POS" else 6011,
                "type1" if client % 3 == 0 else "",
                840 if rng.random() < 0.05 else 810,
                f"{at:%d%b%y:%H:%M:%S}".upper(),
                round(float(rng.gamma(2.0, 800.0)) + 1, 2),
                kind,
                leaves,
                0.0 if leaves else 5000.5,
            )


@pytest.fixture(scope="module")
def listed() -> pd.DataFrame:
    table = movements()
    # one client who is flagged as leaving and spends nevertheless
    table.loc[table["cl_id"] == 1, "target_sum"] = 10.0
    return table


@pytest.fixture(scope="module")
def rosbank(tmp_path_factory, listed):
    folder = workspace(tmp_path_factory.mktemp("rosbank"), "rosbank")
    incoming = folder / "data/incoming/rosbank"
    incoming.mkdir(parents=True)
    listed.to_csv(incoming / "train.csv", index=False)
    return folder, integrated(folder)


def test_every_row_is_accounted_for(rosbank, listed):
    _, account = rosbank
    dollars = int((listed["currency"] == 840).sum())
    rows = len(listed)
    assert totals(account, "customers") == (rows, CLIENTS, {"repeated": rows - CLIENTS})
    assert totals(account, "transactions") == (rows, rows - dollars, {"no_exchange_rate": dollars})
    rows_in, rows_out, rejected = totals(account, "labels")
    assert (rows_in, rows_out) == (rows, CLIENTS - 1)
    assert rejected == {"superseded": rows - CLIENTS, "leaves_yet_spends": 1}


def test_times_signs_and_categories_are_those_of_the_file(rosbank, listed):
    """Slow oracle: the same file read by pandas."""
    folder, _ = rosbank
    found = ledger_table(folder, "transactions")
    roubles = listed[listed["currency"] == 810]
    at = pd.to_datetime(roubles["TRDATETIME"], format="%d%b%y:%H:%M:%S")
    assert sorted(found["occurred_at"]) == sorted(at)
    comes = roubles["trx_category"].isin(["DEPOSIT", "C2C_IN", "BACK_TRX"])
    signed = roubles["amount"].where(comes, -roubles["amount"])
    assert found["amount_minor"].sum() == round(100 * signed.sum())
    bought = found["category"].eq("groceries").sum()
    assert bought == (roubles["trx_category"] == "POS").sum()
    assert found["channel"].eq("atm").sum() == (roubles["trx_category"] == "WD_ATM_ROS").sum()


def test_each_client_is_labelled_at_the_end_of_its_last_month(rosbank, listed):
    folder, _ = rosbank
    told = ledger_table(folder, "labels")
    last = pd.to_datetime(listed["PERIOD"], format="%d/%m/%Y").groupby(listed["cl_id"]).max()
    expected = (last.drop(1) + pd.DateOffset(months=1)).value_counts()
    assert told["as_of"].value_counts().to_dict() == expected.to_dict()
    assert set(told["label"]) == {"stays", "churns"}


def test_churn_is_learnt_from_it_and_tested_at_a_later_time(rosbank):
    folder, _ = rosbank
    found = labelled(folder)
    assert (found["churn"]["supported"], found["churn"]["rows"]) == (True, CLIENTS - 1)
    assert found["churn"]["delivered"] == {"known_after_days": [92.0, 92.0]}
    [(days, account)] = found["churn"]["horizons"].items()
    assert days == "92"
    assert account["spine_rows"] == CLIENTS - 1 + account["unlabelled"].pop("not_delivered")
    assert account["unlabelled"] == {}
    assert sum(month["rows"] for month in account["by_month"]) == CLIENTS - 1
    evaluation = judged(folder, "churn")
    assert evaluation["candidates"]["lightgbm"]["auroc"]["value"] > 0.7
    assert split_of(folder, "churn")["kind"] == "out_of_time"
    # the source tells neither gender, age nor region of anybody: nobody is compared, nothing breaks
    for name, entry in evaluation["fairness"]["attributes"].items():
        for part in ("disparities", "proxies"):
            assert f"{name} is not known of any of" in entry[part]["reason"]
    assert not any("proxy" in gate["name"] for gate in evaluation["gates"])
