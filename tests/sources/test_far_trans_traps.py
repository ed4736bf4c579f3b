"""The documented traps of FAR-Trans, on a made-up delivery of its shape: always, here."""

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from src.core.engine import EngineParams, connect
from src.core.ledger import open_ledger
from src.core.schemas import LEDGER
from src.core.taxonomy import load_taxonomy
from src.features.build import build_features
from src.features.labels import Outcomes
from src.features.plan import fetched
from src.features.spec import load_catalogue
from src.features.spine import make_spine
from tests.support.sources.far_trans_like import (
    DECLARED,
    PLACEHOLDER,
    deliver,
    investors,
    without_traps,
)
from tests.support.sources.pipeline_stages import (
    data_of,
    integrated,
    ledger_table,
    totals,
    workspace,
)

PEOPLE = investors()
DECLARING = [p for p in PEOPLE if p.level in DECLARED and p.answered > PLACEHOLDER]
POLICY = load_taxonomy(Path("configs/taxonomy.yaml"), "far_trans")
SNAPSHOTS = [datetime(2018, month, 1) for month in range(6, 13)] + [datetime(2019, 2, 1)]


def delivered(folder, people):
    made = workspace(folder, "far_trans")
    deliver(people, made / "data/incoming/far_trans")
    return made, integrated(made)


@pytest.fixture(scope="module")
def trapped(tmp_path_factory):
    return delivered(tmp_path_factory.mktemp("trapped"), PEOPLE)


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    return delivered(tmp_path_factory.mktemp("honest"), without_traps(PEOPLE))


def seen(folder):
    """The ledger, who is looked at in it, and what came of them within each horizon."""
    ledger = open_ledger(data_of(folder) / "ledger", connect(EngineParams(threads=1)))
    spine = make_spine(ledger, SNAPSHOTS)
    outcomes = Outcomes(ledger, spine, POLICY)
    found = {
        days: fetched(ledger, outcomes.of("risk_appetite", days))
        for days in POLICY.horizons("risk_appetite")
    }
    return ledger, spine, found


def test_each_trap_is_put_aside_by_a_rule_with_its_name(trapped):
    _, account = trapped
    opened = sum(len(p.opened) for p in PEOPLE)
    dated = sum(len(p.buys) for p in PEOPLE)
    assert totals(account, "transactions")[2] == {
        "synthesised_opening_position": opened,
        "stands_among_the_dated": opened + dated,
    }
    assert totals(account, "questionnaires") == (
        len(PEOPLE),
        len(DECLARING),
        {"inferred_by_the_bank": 4, "placeholder_date": 1, "no_declared_level": 2},
    )


def test_a_label_is_a_declared_level_within_the_horizon_after_the_snapshot(trapped):
    """Slow oracle: person by person, by the delivery alone. Neither an inferred level nor one
    declared before the snapshot, or long after it, is a label of it."""
    folder, _ = trapped
    people = ledger_table(folder, "customers")["customer_id"]
    assert people.nunique() == len(PEOPLE)
    _, spine, found = seen(folder)
    assert len(spine) == sum(min(p.buys) < as_of.date() for p in PEOPLE for as_of in SNAPSHOTS)
    for days, outcomes in found.items():
        expected = sorted(
            (as_of, DECLARED.index(p.level))
            for p in DECLARING
            for as_of in SNAPSHOTS
            if min(p.buys) < as_of.date()
            and as_of <= datetime.combine(p.answered, datetime.min.time())
            and datetime.combine(p.answered, datetime.min.time()) < as_of + timedelta(days=days)
        )
        labelled = outcomes[outcomes["label"].notna()]
        assert sorted(zip(labelled["as_of"], labelled["label"], strict=True)) == expected
        assert len({label for _, label in expected}) == len(DECLARED)
        others = outcomes[outcomes["label"].isna()]
        assert set(others["why"]) == {"no_questionnaire"}


def test_features_and_labels_are_those_of_a_delivery_without_the_traps(trapped, honest):
    """Opening positions were made up of later sales: whoever has one would give the future away."""
    spec = load_catalogue(Path("configs/features.yaml"))
    (ledger, spine, found), (other, same_spine, expected) = seen(trapped[0]), seen(honest[0])
    pd.testing.assert_frame_equal(spine, same_spine)
    for days, outcomes in found.items():
        pd.testing.assert_frame_equal(*map(in_order, (outcomes, expected[days])))
    soon = spine[spine["as_of"] == SNAPSHOTS[0]]
    pd.testing.assert_frame_equal(
        build_features(ledger, soon, spec), build_features(other, soon, spec)
    )


def in_order(rows):
    return rows.sort_values("row", ignore_index=True)


def test_nobody_is_known_since_the_placeholders_date(trapped):
    folder, _ = trapped
    for table in set(LEDGER) - {"fx_rates", "labels"}:
        rows = ledger_table(folder, table)
        assert rows.empty or rows["known_at"].min() > pd.Timestamp("2017-12-31"), table
