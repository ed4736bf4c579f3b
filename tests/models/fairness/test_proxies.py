"""Proxies: what the features tell of an attribute, and which of them tell it."""

import json

import numpy as np
import pandas as pd
import pytest

from src.models.fairness.proxies import Fitting, proxies
from tests.support.models.grouped_customers import INTERVALS, PARAMS, customers

FEATURES = [f"x{i}" for i in range(6)]
FITTING = Fitting(folds=3, threads=1, seed=5)


def told(rows, attribute, features=FEATURES):
    found = proxies(rows, attribute, features, PARAMS, INTERVALS, FITTING)
    json.dumps(found, allow_nan=False)
    return found


def test_a_feature_that_gives_the_attribute_away_is_named():
    found = told(customers(), "gender")
    assert found["auroc"]["low"] > 0.8
    heaviest, next_one = found["features"][:2]
    assert heaviest["name"] == "x0"
    assert heaviest["share"] > 2 * next_one["share"]
    assert found["by_group"]["f"] == pytest.approx(found["by_group"]["m"])


def test_without_that_feature_the_attribute_is_not_told():
    found = told(customers(), "gender", FEATURES[1:])
    assert found["auroc"]["low"] < 0.5 < found["auroc"]["high"]


def test_of_several_groups_each_is_told_from_all_others():
    rows = customers(900)
    found = told(rows, "region")
    assert set(found["by_group"]) == {"east", "north", "west"}
    assert found["auroc"]["low"] < 0.5 < found["auroc"]["high"]
    rows["x1"] = np.where(rows["region"] == "north", 3.0, 0.0) + rows["x1"]
    found = told(rows, "region")
    assert found["by_group"]["north"]["low"] > 0.9
    mean = np.mean([each["value"] for each in found["by_group"].values()])
    assert found["auroc"]["value"] == pytest.approx(mean)


def test_nobody_is_told_by_a_model_that_has_seen_them():
    """Noise alone: a model that had seen its customers would tell them nearly all."""
    rows = customers(300)
    rows["gender"] = np.random.default_rng(9).permutation(rows["gender"])
    assert told(rows, "gender")["auroc"]["value"] == pytest.approx(0.5, abs=0.1)


def test_names_of_customers_do_not_matter():
    rows = customers()
    renamed = rows.assign(customer_id=rows["customer_id"].str[::-1])
    assert told(rows, "gender") == told(renamed, "gender")


@pytest.mark.parametrize(
    ("values", "why"), [(["f"], "are 'f'"), ([None], "not known of any of 600 customers")]
)
def test_where_there_is_nothing_to_tell_the_reason_is(values, why):
    rows = customers().assign(gender=pd.Series(values * 600, dtype="str"))
    found = told(rows, "gender")
    assert why in found["reason"]
    assert "auroc" not in found


def test_features_that_do_not_vary_carry_nothing():
    rows = customers()
    rows[FEATURES] = 1.0
    found = told(rows, "gender")
    assert found["auroc"]["value"] == pytest.approx(0.5, abs=0.06)
    assert found["features"] == []
