"""Challenger and champion are compared on rows that neither has seen, customers drawn whole."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from src.core.errors import ModelError
from src.core.params import EvaluateParams
from src.features.spec import FeatureSpec
from src.models.bundle import Bundle
from src.models.comparison import compare, seen_by, why_unlike
from src.models.splits import split_rows
from tests.models.test_bundle import bundle_of
from tests.support.models.synthetic_tasks import CLASSES, panel, spec_of

PARAMS = EvaluateParams(bootstrap=200, confidence=0.9)
SHARE, SNAPSHOTS, HORIZON = 0.4, 2, 60


def champion_of(rows: pd.DataFrame, seed: int = 1, classes: int = 2) -> Bundle:
    """A model whose card tells the split of `rows` by that seed."""
    split = split_rows(rows, HORIZON, SHARE, SNAPSHOTS, seed)
    card = {"split": split.facts() | {"seed": seed, "test_share": SHARE}}
    return dataclasses.replace(bundle_of("lightgbm", classes), card=card)


def world(snapshots: int = 9, classes: int = 2) -> pd.DataFrame:
    features, labels, _ = panel(customers=300, snapshots=snapshots, features=8, classes=classes)
    return labels.merge(features, on=["customer_id", "as_of"])


def the_test_rows(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    split = split_rows(rows, HORIZON, SHARE, SNAPSHOTS, seed)
    return rows[split.test].reset_index(drop=True)


def truth(rows: pd.DataFrame, sure: float) -> np.ndarray:
    right = np.eye(2)[rows["label"].to_numpy()]
    return sure * right + (1 - sure) * (1 - right)


def test_no_compared_row_is_one_that_the_champion_learned_from_or_before_its_test():
    early, late = world(7), world(11)
    champion = champion_of(early, seed=1)
    rows = the_test_rows(late, seed=2)
    learned, before = seen_by(champion, rows)
    development = split_rows(early, HORIZON, SHARE, SNAPSHOTS, 1).development
    customers = set(early.loc[development, "customer_id"])
    unseen = rows[~learned & ~before]
    assert len(unseen) > 20
    assert not customers & set(unseen["customer_id"])
    assert customers & set(rows.loc[learned, "customer_id"])
    assert unseen["as_of"].min() >= pd.Timestamp(champion.card["split"]["first_test"])


def test_a_champion_of_a_later_time_has_seen_the_months_before_its_test():
    champion = champion_of(world(11), seed=1)
    rows = the_test_rows(world(7), seed=1)
    learned, before = seen_by(champion, rows)
    assert not learned.any()
    assert before.all()
    with pytest.raises(ModelError, match=r"it has not seen 0, .* before its own test"):
        compare(champion, rows, truth(rows, 0.9), PARAMS, 0, min_rows=1)


def test_with_one_seed_every_test_row_is_compared_and_counted():
    rows = the_test_rows(world(), seed=1)
    champion = champion_of(world(), seed=1)
    found = compare(champion, rows, truth(rows, 0.9), PARAMS, 0, min_rows=10)
    assert (found.rows, found.of_rows) == (len(rows), len(rows))
    assert found.customers == rows["customer_id"].nunique()
    assert (found.learned_from, found.too_early) == (0, 0)
    other = compare(
        champion,
        the_test_rows(world(), seed=2),
        truth(the_test_rows(world(), 2), 0.9),
        PARAMS,
        0,
        min_rows=10,
    )
    assert other.rows + other.learned_from + other.too_early == other.of_rows
    assert other.learned_from > 0


def test_the_better_one_is_ahead_by_the_difference_of_the_figures():
    rows = the_test_rows(world(), seed=1)
    champion = champion_of(world(), seed=1)
    ahead = compare(champion, rows, truth(rows, 0.95), PARAMS, 0, min_rows=10)
    assert ahead.gain["value"] == pytest.approx(ahead.champion - ahead.challenger)
    assert 0 < ahead.gain["low"] <= ahead.gain["value"] <= ahead.gain["high"]
    behind = compare(champion, rows, truth(rows, 0.02), PARAMS, 0, min_rows=10)
    assert behind.gain["high"] < 0
    same = compare(champion, rows, champion.probabilities(rows), PARAMS, 0, min_rows=10)
    assert (same.gain["value"], same.gain["low"], same.gain["high"]) == (0, 0, 0)


def test_a_card_without_a_split_and_too_few_rows_are_told():
    rows = the_test_rows(world(), seed=1)
    with pytest.raises(ModelError, match="its card does not tell kind, first_test, seed"):
        seen_by(bundle_of("rule", 2), rows)
    with pytest.raises(ModelError, match=r"promote\.min_rows asks for 100000"):
        compare(champion_of(world()), rows, truth(rows, 0.9), PARAMS, 0, min_rows=100_000)


def test_other_classes_or_another_definition_make_a_champion_unlike_and_a_lost_feature_does_not():
    champion = bundle_of("rule", 2)
    assert why_unlike(champion, CLASSES[2], champion.spec) == ""
    assert why_unlike(champion, CLASSES[2], FeatureSpec(spec_of(8).features[3:])) == ""
    assert "where the taxonomy has low, middle, high now" in why_unlike(
        champion, CLASSES[3], champion.spec
    )
    first, *others = champion.spec.features

    class Renamed(type(first.definition)):
        @property
        def name(self) -> str:
            return "inflow_sum_30d"

    other = first.definition.model_copy(update={"days": 31})
    redefined = first.model_copy(
        update={"definition": Renamed.model_construct(**other.model_dump())}
    )
    told = why_unlike(champion, CLASSES[2], FeatureSpec([redefined, *others]))
    assert told == "its feature inflow_sum_30d is defined otherwise now"
