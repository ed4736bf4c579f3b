"""Contracts of the aggregate kinds: each figure of each kind, with and without filters, equals the
slow oracle on drawn ledgers with ties, gaps, events on the borders, late news, corrections,
withdrawals, several currencies and a customer without events."""

import itertools
import math
from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given

from src.features.build import build_features
from src.features.definitions.conditions import Filter
from src.features.definitions.events import Periodic, Recency, Windowed
from src.features.definitions.kinds import DEFINITIONS
from src.features.definitions.recent import DailyCash, Recurring, Rhythm, Timing, Variety
from src.features.definitions.state import BalancePath, Holding, Imputed, Profile, Questionnaire
from src.features.spec import FeatureSpec
from tests.support.example_counts import few
from tests.support.features.oracle import Oracle
from tests.support.features.specs import SPEC, feature
from tests.support.ledgers.handmade import complete, small_ledger, spine_of
from tests.support.ledgers.strategies import SNAPSHOTS, full_spine, ledger_rows

SALARY = Filter(name="salary", categories=("salary",), channels=("mobile", "branch"))
SAFE = Filter(name="safe", kinds=("buy", "sell"), max_grade=2)
RISEN = Filter(name="risen", asset_classes=("bond_fund", "equity"), after="rise")
TOPIC = Filter(name="topic", kinds=("inquiry", "complaint"), topics=("equity",))
MIDDLE = Filter(name="middle", min_grade=2, max_grade=4)


def every(kind, name):
    """All that a field of a kind of definition may say."""
    return get_args(kind.model_fields[name].annotation)


def grid(kind, **choices):
    """Every combination of the choices; where none are given for a field, all that it may say."""
    fields = {name: choices.get(name) or every(kind, name) for name in choices}
    return [
        kind(**dict(zip(fields, values, strict=True)))
        for values in itertools.product(*fields.values())
    ]


MONEY = ["net", "inflow", "outflow", "turnover"]
FIGURES = {
    "windowed": [
        *grid(Windowed, measure=MONEY, how=None, days=[1, 30, 360]),
        *grid(Windowed, measure=MONEY, how=None, days=[90], only=[SALARY, SAFE, RISEN]),
        *grid(Windowed, measure=["rows"], how=["count"], days=[7, 180], only=[None, SALARY]),
        *grid(Windowed, table=["interactions"], measure=["score"], how=None, days=[90, 365]),
        Windowed(table="interactions", measure="rows", how="count", days=180, only=TOPIC),
    ],
    "recency": [
        *grid(Recency, measure=None, which=None, only=[None, SALARY, SAFE, RISEN]),
        *grid(Recency, table=["interactions"], which=None, only=[None, TOPIC]),
    ],
    "periodic": [
        *grid(Periodic, measure=None, how=None, periods=[2, 12], only=[None]),
        *grid(Periodic, measure=["turnover"], how=None, periods=[3], only=[SALARY, SAFE]),
    ],
    "balance_path": grid(BalancePath, how=None, periods=[2, 6, 12]),
    "holding": [
        *grid(Holding, how=[h for h in every(Holding, "how") if not h.endswith("_before")]),
        *grid(Holding, how=["value", "share", "products", "grade"], only=[MIDDLE]),
        *grid(Holding, how=["value_before"], days=[30, 90, 180], only=[None, MIDDLE]),
    ],
    "profile": [*grid(Profile, field=None), *grid(Imputed, column=None)],
    "questionnaire": grid(Questionnaire, how=None),
    "recurring": grid(Recurring, direction=None, amounts=None, how=None, periods=[4]),
    "variety": grid(Variety, column=None, how=None, direction=None, days=[30, 360]),
    "rhythm": grid(Rhythm, how=None, days=[7, 90]),
    "timing": grid(Timing, direction=None, days=[30, 360], only=[None, SALARY]),
    "daily_cash": grid(DailyCash, how=None, days=[7, 60]),
}


def test_every_kind_of_definition_is_held_to_the_oracle():
    held = {d.kind for definitions in FIGURES.values() for d in definitions}
    held |= {feature.definition.kind for feature in SPEC.features}
    assert held == set(DEFINITIONS)


@pytest.mark.parametrize("kind", FIGURES)
@few(4)
@given(ledger_rows())
def test_each_figure_of_the_kind_equals_the_slow_oracle(kind, rows):
    spec = FeatureSpec([feature(d) for d in FIGURES[kind]])
    built = build_features(small_ledger(**rows), full_spine(), spec)
    tables = {name: complete(name, content) for name, content in rows.items()}
    for row in built.to_dict("records"):
        oracle = Oracle(tables, row["customer_id"], row["as_of"].to_pydatetime())
        for definition in FIGURES[kind]:
            found, wanted = row[definition.name], oracle.value(definition)
            where = (definition.name, row["customer_id"], row["as_of"], found, wanted)
            assert math.isnan(found) == math.isnan(wanted), where
            if not math.isnan(wanted):
                assert found == pytest.approx(wanted, rel=1e-9, abs=1e-7), where


def test_the_spread_of_a_companys_billions_does_not_overflow():
    as_of = SNAPSHOTS[0]
    moves = [
        {
            "customer_id": "big",
            "occurred_at": as_of - timedelta(days=30 * period + 5),
            "amount_minor": 10**13 * (period + 1),
        }
        for period in range(3)
    ]
    spec = FeatureSpec(
        [feature(Periodic(measure="net", how=how, periods=3)) for how in ("std", "cv")]
    )
    built = build_features(small_ledger(transactions=moves), spine_of(("big", as_of)), spec)
    assert built["net_std_3p"][0] == pytest.approx(math.sqrt(2 / 3) * 1e11)
    assert built["net_cv_3p"][0] == pytest.approx(math.sqrt(2 / 3) / 2)
