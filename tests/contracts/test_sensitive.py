"""No sensitive attribute is a feature of a model, by name or by what it is computed from."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from src.core.engine import EngineParams, connect
from src.core.ledger import ledger_from_arrow
from src.core.schemas import TABLES
from src.features.audit.built import AS_OF, built_rows
from src.features.build import build_features
from src.features.spec import load_catalogue
from src.models.bundle import load_bundle
from src.models.candidates import load_candidates
from tests.support.ledgers.handmade import spine_of
from tests.support.project.checkout import Checkout

CATALOGUE = load_catalogue(Path("configs/features.yaml"))
CUSTOMERS = [f"customer-{number:02}" for number in range(10)]
SENSITIVE = [feature.name for feature in CATALOGUE.features if feature.sensitive]
TASKS = ("risk_appetite", "value_tier", "churn")


def others(row):
    """The same customer with every sensitive attribute another."""
    born = row["birth_date"]
    return row | {
        "gender": "male" if row.get("gender") == "female" else "female",
        "region": "elsewhere",
        "occupation": "another",
        "marital_status": "another",
        "dependants": (row.get("dependants") or 0) + 2,
        "birth_date": born and born - timedelta(days=7000),
    }


def features_of(rows):
    tables = {
        name: pa.Table.from_pylist(rows.get(name, []), schema=table.arrow)
        for name, table in TABLES.items()
    }
    ledger = ledger_from_arrow(tables, connect(EngineParams(threads=1)))
    return build_features(ledger, spine_of(*((name, AS_OF) for name in CUSTOMERS)), CATALOGUE)


def test_features_that_models_may_use_do_not_move_with_any_sensitive_attribute():
    rows = built_rows(CATALOGUE, CUSTOMERS)
    first = features_of(rows)
    second = features_of(rows | {"customers": [others(row) for row in rows["customers"]]})
    assert SENSITIVE
    for name in SENSITIVE:
        assert not first[name].equals(second[name]), f"{name} was not exercised"
    pd.testing.assert_frame_equal(first.drop(columns=SENSITIVE), second.drop(columns=SENSITIVE))


@pytest.mark.parametrize("task", TASKS)
def test_neither_the_served_model_nor_any_candidate_is_given_one(
    small_bank: Checkout, task: str
) -> None:
    data = small_bank.data
    bundles = {"served": load_bundle(small_bank.release / task)}
    for name, bundle in (bundles | load_candidates(data / "models" / task)).items():
        known = bundle.spec.ordered  # with what its features are computed from
        assert [feature.name for feature in known if feature.sensitive] == [], name
        assert set(bundle.predictor.features) <= set(bundle.spec.names), name
