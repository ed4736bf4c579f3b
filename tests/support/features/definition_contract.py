"""The contract of every kind of definition: what is built equals the slow oracle."""

import math

import pytest

from src.features.build import build_features
from src.features.definitions.derived import Derived
from src.features.spec import FeatureSpec
from tests.support.features.oracle import Oracle
from tests.support.features.oracles.arithmetic import derived
from tests.support.features.specs import feature
from tests.support.ledgers.handmade import complete, small_ledger


def hold_to_oracle(rows, spine, spec):
    """Build the spec on a ledger of the rows and compare every figure; returns what was built."""
    built = build_features(small_ledger(**rows), spine, spec)
    tables = {name: complete(name, content) for name, content in rows.items()}
    tables.setdefault("fx_rates", complete("fx_rates", []))
    for _, row in built.iterrows():
        oracle, expected = Oracle(tables, row["customer_id"], row["as_of"].to_pydatetime()), {}
        for definition in (f.definition for f in spec.ordered):
            if isinstance(definition, Derived):
                expected[definition.name] = derived(definition, expected)
            else:
                expected[definition.name] = oracle.value(definition)
            found, wanted = row[definition.name], expected[definition.name]
            assert math.isnan(found) == math.isnan(wanted), (definition.name, found, wanted)
            if not math.isnan(wanted):
                assert found == pytest.approx(wanted, rel=1e-9, abs=1e-7), definition.name
    return built


def spec_of(*definitions):
    """A spec of which only the definitions matter."""
    return FeatureSpec([feature(definition) for definition in definitions])
