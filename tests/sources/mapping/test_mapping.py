"""A mapping is typed and closed, and says what a source delivers."""

import pytest

from src.sources.mapping.mapping import load_mapping
from tests.support.bank.small_banks import CONFIGS
from tests.support.sources.mapping_changes import accounts, identified, load, then


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_mapping_of_the_project_loads(path):
    mapping = load_mapping(path)
    assert mapping.name == path.stem
    assert set(mapping.supports) | set(mapping.unsupported) == {
        "risk_appetite",
        "value_tier",
        "churn",
    }


def test_a_file_may_tell_accounts_alone(tmp_path):
    mapping = load(tmp_path, then(accounts(lambda m: None)))
    assert mapping.systems == {"crm"}
    assert mapping.identities[1].kind is None


def test_identities_deliveries_and_rules_are_read(tmp_path):
    def change(m):
        identified(m)
        m["files"]["moves"].update(path="moves_*.csv", delivered="%Y%m%d")
        m["rules"] = [
            {"name": "no_future", "table": "transactions", "reason": "typing", "when": "true"}
            | {"quarantine": True}
        ]
        m["tables"]["transactions"][0].update(
            aside={"what": "what"}, cancels="what = 'X'", distinct=["no"]
        )

    mapping = load(tmp_path, change)
    assert mapping.systems == {"crm"}
    assert mapping.files["moves"].deliveries
    assert mapping.rules[0].kind == "quarantine"
    assert mapping.files["moves"].expected_rows.at_least == 1


def test_a_value_of_an_expression_may_be_left_without_meaning_on_purpose(tmp_path):
    def change(m):
        m["tables"]["transactions"][0]["columns"]["kind"] = {
            "expression": "upper(what)",
            "values": {"IN": "deposit"},
            "otherwise": None,
        }

    target = load(tmp_path, change).tables["transactions"][0].columns["kind"]
    assert target.knows_all_values
