"""Groups compared on test rows: what is found, what is not judged, and the words for it."""

import json

import numpy as np
import pandas as pd
import pytest

from src.models.evaluate import customer_draws
from src.models.fairness.disparity import disparities
from src.models.fairness.measures import measures_of, placed
from src.models.fairness.points import metric_frame
from tests.support.models.grouped_customers import INTERVALS, PARAMS, judged_rows


def compared(rows, p, params=PARAMS, **others):
    found = disparities(rows, "gender", {"lightgbm": p, **others}, (), params, INTERVALS, seed=3)
    json.dumps(found, allow_nan=False)
    return found


def harsher(rows, p, group, by=0.6):
    """The same with the margin of every class above the lowest raised for one group."""
    factor = np.where((rows["gender"] == group).to_numpy(), np.exp(by), 1.0)
    raised = p * np.column_stack([np.ones(len(p)), *[factor] * (p.shape[1] - 1)])
    return raised / raised.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_figures_of_a_group_and_the_largest_difference_are_fairlearns(classes):
    rows, p = judged_rows(["f", "m", "x"], classes=classes)
    found = compared(rows, p)["candidates"]["lightgbm"]
    done = placed(rows["label"].to_numpy(), p)
    assert set(found) == {m.name for m in measures_of(classes)}
    for measure in measures_of(classes):
        frame, entry = metric_frame(measure, done, rows["gender"]), found[measure.name]
        points = {name: each["value"] for name, each in entry["by_group"].items()}
        assert points == pytest.approx(frame.by_group[measure.name].to_dict())
        difference = frame.difference()[measure.name]
        assert entry["difference"]["value"] == pytest.approx(difference)
        if measure.is_rate:
            assert entry["ratio"]["value"] == pytest.approx(frame.ratio()[measure.name])
        assert points[entry["lowest"]] <= min(points.values())
        assert points[entry["highest"]] >= max(points.values())


def test_intervals_are_over_customers_drawn_whole():
    """Slow oracle: each draw as rows repeated, and the rate of each group counted among them."""
    rows, p = judged_rows(["f", "m"], per_group=60)
    entry = compared(rows, p)["candidates"]["lightgbm"]["true_positive_rate"]
    done = placed(rows["label"].to_numpy(), p)
    rates = []
    for weights in np.vstack(list(customer_draws(rows["customer_id"], 200, 3))):
        drawn = np.repeat(np.arange(len(rows)), weights.astype(int))
        kept = [i for i in drawn if rows["gender"][i] == "f" and rows["label"][i] > 0]
        rates.append(np.mean([done.selected[i] for i in kept]))
    low, high = np.percentile(rates, [2.5, 97.5])
    assert entry["by_group"]["f"]["low"] == pytest.approx(low)
    assert entry["by_group"]["f"]["high"] == pytest.approx(high)


def test_a_candidate_that_is_honest_to_all_is_not_accused():
    rows, p = judged_rows(["f", "m"], per_group=400)
    for name, entry in compared(rows, p)["candidates"]["lightgbm"].items():
        assert entry["difference"]["low"] <= 0.01, name


@pytest.mark.parametrize("classes", [2, 3])
def test_a_candidate_that_rates_one_group_higher_is_found_beside_one_that_does_not(classes):
    rows, p = judged_rows(["f", "m"], per_group=400, classes=classes)
    found = compared(rows, harsher(rows, p, "f", by=1.5), honest=p)
    biased, honest = found["candidates"]["lightgbm"], found["candidates"]["honest"]
    for name in ("selection_rate", "false_positive_rate", "calibration_gap"):
        assert biased[name]["difference"]["low"] > 0.02, name
        assert biased[name]["highest"] == "f", name
        assert honest[name]["difference"]["low"] <= 0.01, name


def test_a_group_with_few_customers_is_named_and_not_judged():
    rows, p = judged_rows(["f", "m"])
    few = rows["customer_id"].isin([f"f-{i}" for i in range(9)])
    rows["gender"] = rows["gender"].mask(few, "x")
    found = compared(rows, p)
    assert found["customers"] == {"f": 191, "m": 200}
    assert found["too_small"] == {"x": 9}
    assert set(found["event_rates"]) == {"f", "m"}


def test_a_rate_that_rests_on_few_customers_of_a_group_leaves_it_out():
    rows, p = judged_rows(["f", "m", "x"])
    rows["label"] = rows["label"].mask(rows["gender"] == "x", 0)
    entry = compared(rows, p)["candidates"]["lightgbm"]["true_positive_rate"]
    assert entry["too_few"] == ["x"]
    assert set(entry["by_group"]) == {"f", "m"}
    rows["label"] = rows["label"].mask(rows["gender"] == "m", 0)
    entry = compared(rows, p)["candidates"]["lightgbm"]["true_positive_rate"]
    assert "1 of 3 groups have 20 customers or more" in entry["reason"]
    assert "difference" not in entry


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ("f", "all 400 customers whose gender is known are 'f'"),
        (None, "gender is not known of any of 400 customers"),
    ],
)
def test_where_there_is_nobody_to_compare_the_reason_is_told(values, why):
    rows, p = judged_rows(["f", "m"])
    rows["gender"] = pd.Series([values] * len(rows), dtype="str")
    found = compared(rows, p)
    assert why in found["reason"]
    assert "candidates" not in found


def test_customers_of_whom_it_is_not_known_are_counted_and_left_out():
    rows, p = judged_rows(["f", "m", "x"])
    unknown = rows.assign(gender=rows["gender"].where(rows["gender"] != "x"))
    found = compared(unknown, p)
    assert found["unknown_customers"] == 200
    assert found["customers"] == {"f": 200, "m": 200}


def test_the_same_seed_gives_the_same_figures():
    rows, p = judged_rows(["f", "m"])
    assert compared(rows, p) == compared(rows, p)
