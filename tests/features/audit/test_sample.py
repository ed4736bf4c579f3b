"""What is audited of a ledger follows from the seed, is bounded, and has a past and a future."""

import pyarrow as pa
import pytest

from src.core.engine import EngineParams, connect
from src.core.errors import FeatureError
from src.core.ledger import ledger_from_arrow
from src.core.params import SnapshotParams
from src.core.schemas import TABLES
from src.features.audit.built import built_rows
from src.features.audit.copies import copies, make_copies
from src.features.audit.sample import sampled
from src.features.audit.window_starts import declared_windows
from src.features.plan import fetched
from tests.support.features.planted_leaks import small_spec
from tests.support.features.specs import SPEC

EVERY = SnapshotParams(warmup_months=2, every_months=1)


@pytest.fixture(scope="module")
def ledger():
    rows = built_rows(small_spec("sample"), [f"customer-{n:02}" for n in range(20)])
    tables = {
        name: pa.Table.from_pylist(rows.get(name, []), schema=table.arrow)
        for name, table in TABLES.items()
    }
    return ledger_from_arrow(tables, connect(EngineParams(threads=1)))


def test_a_sample_is_bounded_and_follows_from_the_seed(ledger):
    first, again, other = (sampled(ledger, "bank", 6, 2, EVERY, seed) for seed in (1, 1, 2))
    assert 0 < len(first.customers) <= 6
    assert (first.customers, first.cuts) == (again.customers, again.cuts)
    assert first.customers != other.customers
    assert len(first.cuts) == 2
    assert first.cuts[0] < first.cuts[1] < first.end
    moved = fetched(first.ledger, other.ledger["transactions"].select("customer_id").distinct())
    assert len(moved) <= 6


def test_a_sample_is_poisoned_with_the_shapes_of_the_whole_ledger(ledger):
    subject = sampled(ledger, "bank", 3, 1, EVERY, 1)
    make_copies(subject)
    given = fetched(ledger, copies("transactions"))
    assert set(given["customer_id"]) == set(subject.customers)
    every = fetched(ledger, ledger["transactions"].select("kind", "channel").distinct())
    assert set(zip(given["kind"], given["channel"], strict=True)) == set(
        zip(every["kind"], every["channel"], strict=True)
    )


def test_a_ledger_too_short_for_a_snapshot_is_refused_with_the_remedy(ledger):
    with pytest.raises(FeatureError, match="warmup_months"):
        sampled(ledger, "bank", 6, 1, SnapshotParams(warmup_months=99, every_months=1), 1)


def test_what_is_computed_from_windows_reaches_as_far_as_the_longest_of_them():
    windows = declared_windows(SPEC)
    assert windows["movements_count_30d"] == 30
    assert windows["net_slope_6p"] == 180
    assert windows["net_sum_30d_to_net_sum_90d"] == 90
    assert "movements_days_since_last" not in windows
    assert "flow_mix_used_to_holding_value" not in windows
