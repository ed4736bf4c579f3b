"""A mapping is typed and closed; what contradicts itself is refused with the remedy."""

import copy

import pytest
import yaml

from src.core.errors import ConfigError
from src.sources.mapping import load_mapping
from tests.sources.conftest import CONFIGS
from tests.sources.test_integrate import MAPPING


def _load(tmp_path, change):
    content = copy.deepcopy(MAPPING)
    change(content)
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_mapping(path)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_mapping_of_the_project_loads(path):
    mapping = load_mapping(path)
    assert mapping.name == path.stem
    assert set(mapping.supports) | set(mapping.unsupported) == {
        "risk_appetite",
        "value_tier",
        "churn",
    }


WRONG = {
    "an unknown key": (
        lambda m: m.update(base_curency="EUR"),
        ["unknown key 'base_curency'", "base_currency"],
    ),
    "an unknown key of a file": (
        lambda m: m["files"]["people"].update(delimitr=";"),
        ["files.people", "delimitr"],
    ),
    "an unknown table": (
        lambda m: m["tables"].update(customer=m["tables"]["customers"]),
        ["'customer' is no ledger table", "customers"],
    ),
    "an unknown ledger column": (
        lambda m: m["tables"]["customers"][0]["columns"].update(regoin="id"),
        ["tables.customers[0]", "'regoin' is no ledger column", "region"],
    ),
    "a required column left out": (
        lambda m: m["tables"]["transactions"][0]["columns"].pop("kind"),
        ["tables.transactions[0]", "required ledger column 'kind'"],
    ),
    "a file not declared": (
        lambda m: m["tables"]["customers"][0].update(file="peple"),
        ["'peple' does not stand under 'files'", "people"],
    ),
    "a source without customers": (
        lambda m: m["tables"].pop("customers"),
        ["table 'customers' is missing"],
    ),
    "a source without a table that a task needs": (
        lambda m: m["tables"].pop("transactions"),
        ["task 'value_tier' needs one of the tables transactions, balances", "'unsupported'"],
    ),
    "a file mapped without columns": (
        lambda m: m["tables"]["customers"][0].pop("columns"),
        ["tables.customers.0", "'file' with 'columns'"],
    ),
    "a unit that is no number": (
        lambda m: m["tables"]["transactions"][0]["columns"]["amount_minor"]["money"].update(
            unit="fen"
        ),
        ["money.unit", "found 'fen'", "decimal number above 0"],
    ),
    "an unknown encoding": (
        lambda m: m["files"]["people"].update(encoding="utf9"),
        ["files.people.encoding", "'utf9' is not known", "gbk"],
    ),
    "a task neither supported nor explained": (
        lambda m: m.update(unsupported={}),
        ["'risk_appetite'", "'unsupported'"],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_mapping_is_refused_with_file_and_remedy(tmp_path, name):
    change, expected = WRONG[name]
    with pytest.raises(ConfigError) as caught:
        _load(tmp_path, change)
    message = str(caught.value)
    assert "tiny.yaml" in message
    assert all(part in message for part in expected), message
    assert len(message) < 300


def test_an_unknown_source_names_the_known_ones():
    with pytest.raises(ConfigError, match="Did you mean 'berka'"):
        load_mapping(CONFIGS / "brka.yaml")
