"""configs/quality.yaml names all that the report can meet."""

import pytest

from src.core.errors import ConfigError
from src.core.schemas import LEDGER
from src.quality.texts import load_quality_texts
from tests.support.quality.measuring import PROJECT, TEXTS


def test_every_table_has_a_name():
    assert set(TEXTS.tables) == set(LEDGER)


@pytest.mark.parametrize(
    ("rule", "kind", "fault"),
    [
        ("repeated", "repeated", False),
        ("rate_of_base_currency", "repeated", False),
        ("unchanged", "unchanged", False),
        ("superseded", "superseded", False),
        ("cancellation", "superseded", False),
        ("unreadable_born", "unreadable", True),
        ("truncated_line", "unreadable", True),
        ("missing_kind", "missing", True),
        ("no_exchange_rate", "missing", True),
        ("orphan_product", "orphan", True),
        ("out_of_range_score", "range", True),
        ("not_allowed_kind", "range", True),
        ("price_spike", "declared", True),
        ("inferred_by_the_bank", "left_out", False),
    ],
)
def test_every_rule_has_a_kind(rule, kind, fault):
    found = TEXTS.kind_of(rule)
    assert (found.name, found.fault) == (kind, fault)


def test_a_column_that_does_not_exist_is_refused(tmp_path):
    text = (PROJECT / "configs" / "quality.yaml").read_text("utf-8")
    path = tmp_path / "quality.yaml"
    path.write_text(text.replace("customers.gender:", "customers.gendre:"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"customers\.gendre.*no column"):
        load_quality_texts(path)
