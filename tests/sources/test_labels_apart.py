"""Labels that a source delivers in a file of their own, by YAML alone, through to judged models."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from tests.support.sources.generated_sources import source
from tests.support.sources.pipeline_stages import (
    data_of,
    integrated,
    judged,
    labelled,
    read_json,
    split_of,
    totals,
)

LABELS_APART = """
files:
  moves:
    path: moves.csv
    delimiter: ","
    columns:
      client: {type: string, required: true}
      day: {type: date, required: true}
      amount: {type: decimal, required: true}
  outcomes:
    path: outcomes.csv
    columns:
      client: {type: string, required: true}
      asked: {type: date, required: true}
      left: {type: string, required: true}
tables:
  customers:
    - file: moves
      distinct: [client]
      columns: {customer_id: client, kind: {constant: person}, known_at: day}
  transactions:
    - file: moves
      columns:
        transaction_id: {expression: "'move-' || _line"}
        customer_id: client
        occurred_at: day
        kind: {expression: "CASE WHEN amount < 0 THEN 'withdrawal' ELSE 'deposit' END"}
        amount_minor: {money: {amount: amount}}
        known_at: day
  labels:
    - file: outcomes
      columns:
        customer_id: client
        as_of: asked
        task: {constant: churn}
        label: {from: left, values: {"yes": churns, "no": stays}}
        known_at: {expression: asked + INTERVAL 30 DAY}
"""


def moves(customers: int = 240) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    start = date(2023, 5, 1)
    rows = [
        (f"c{number:03}", start + timedelta(days=int(day)), f"{rng.normal(50, 200):.2f}")
        for number in range(customers)
        for day in rng.choice(61, 3 + 5 * (number % 2), replace=False)
    ]
    return pd.DataFrame(rows, columns=["client", "day", "amount"]).sort_values("day")


def outcomes(asked: list[str], customers: int = 240) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (f"c{number:03}", day, "no" if number % 2 else "yes")
            for day in asked
            for number in range(customers)
        ],
        columns=["client", "asked", "left"],
    )


def test_labels_of_one_instant_in_a_file_of_their_own_are_tested_on_customers_never_seen(tmp_path):
    """The history is shorter than the warm-up and the instant is no month's start: the labels say
    where to look. Who has a label but no movement or statement before it is not looked at."""
    told = outcomes(["2023-06-20"], 250)
    files = {"moves.csv": moves(), "outcomes.csv": told}
    folder = source(
        tmp_path, "churn", LABELS_APART, files, **{"features.snapshots.warmup_months": 12}
    )
    account = integrated(folder)
    assert totals(account, "labels") == (250, 240, {"orphan_customer": 10})
    found = labelled(folder)["churn"]
    assert (found["supported"], found["rows"]) == (True, 240)
    features = pd.read_parquet(data_of(folder) / "features/features.parquet")
    assert features["as_of"].unique().tolist() == [pd.Timestamp("2023-06-20")]
    evaluation = judged(folder, "churn")
    split = split_of(folder, "churn")
    assert split["kind"] == "unseen_customers"
    assert split["development_rows"] + split["test_rows"] == 240
    assert split["test_rows"] == evaluation["rows"] == evaluation["customers"]
    assert evaluation["candidates"]["lightgbm"]["auroc"]["value"] > 0.8


def test_delivered_labels_far_enough_apart_are_tested_out_of_time(tmp_path):
    files = {
        "moves.csv": moves(),
        "outcomes.csv": outcomes(["2023-05-21", "2023-06-20"]),
    }
    folder = source(tmp_path, "churn", LABELS_APART, files)
    integrated(folder)
    assert labelled(folder)["churn"]["supported"]
    judged(folder, "churn")
    split = split_of(folder, "churn")
    assert split["kind"] == "out_of_time"
    assert (split["last_development"], split["first_test"]) == (
        "2023-05-21T00:00:00",
        "2023-06-20T00:00:00",
    )


def test_a_target_with_one_class_is_told_so_and_nothing_is_trained(tmp_path):
    told = outcomes(["2023-06-20"]).assign(left="yes")
    folder = source(tmp_path, "churn", LABELS_APART, {"moves.csv": moves(), "outcomes.csv": told})
    integrated(folder)
    found = labelled(folder)["churn"]
    assert not found["supported"]
    assert "too few classes (stays: 0, churns:" in found["reason"]
    assert found["horizons"]["30"]["class_rows"] == {"stays": 0, "churns": 240}
    assert found["reason"] in (data_of(folder) / "candidate/reports/labels.html").read_text(
        encoding="utf-8"
    )
    with pytest.raises(FileNotFoundError):
        judged(folder, "churn")  # no figures: there is no model
    assert read_json(data_of(folder) / "models/churn/unsupported.json")["reason"] == found["reason"]


def test_labels_that_were_known_before_their_window_was_over_are_all_refused_with_the_reason(
    tmp_path,
):
    files = {"moves.csv": moves(), "outcomes.csv": outcomes(["2023-06-20"])}
    early = LABELS_APART.replace("INTERVAL 30 DAY", "INTERVAL 29 DAY")
    folder = source(tmp_path, "churn", early, files)
    integrated(folder)
    found = labelled(folder)["churn"]
    assert (found["supported"], found["rows"]) == (False, 0)
    assert "told_before_the_window_ended: 240" in found["reason"]
