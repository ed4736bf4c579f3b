"""SQL of a mapping that could see later deliveries is refused; over one delivery it is not."""

import copy

import pytest
import yaml

from src.core.errors import ConfigError
from src.sources.mapping.mapping import load_mapping
from tests.support.sources.tiny import MAPPING

USUAL = "avg(amount) OVER (PARTITION BY person)"
WINDOWS = {
    "keep_last": (lambda e: e.update(keep_last={"per": ["no"]}), "'keep_last' over several"),
    "aside": (lambda e: e.update(aside={"usual": USUAL}), "looks at rows of later deliveries"),
    "reject": (lambda e: e["reject"].update(odd=f"amount > {USUAL.lower()}"), "to 'rules'"),
    "cancels": (lambda e: e.update(cancels=f"amount < {USUAL}"), "looks at rows"),
    "money": (lambda e: e["columns"].update(amount_minor={"money": {"amount": USUAL}}), "looks at"),
    "expression": (lambda e: e["columns"].update(channel={"expression": USUAL}), "looks at rows"),
}


def load(tmp_path, change, *, several):
    content = copy.deepcopy(MAPPING)
    if several:
        content["files"]["moves"].update(path="moves_*.csv", delivered="%Y%m%d")
    change(content)
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_mapping(path)


def of_moves(change):
    return lambda content: change(content["tables"]["transactions"][0])


@pytest.mark.parametrize("name", WINDOWS)
def test_an_entry_over_several_deliveries_looks_at_no_other_row(tmp_path, name):
    change, fault = WINDOWS[name]
    with pytest.raises(ConfigError, match=fault):
        load(tmp_path, of_moves(change), several=True)
    assert load(tmp_path, of_moves(change), several=False)


def test_what_records_tell_of_themselves_looks_at_no_other_row(tmp_path):
    def identified(content):
        files, tables = content["files"], content["tables"]
        files["moves"]["columns"]["person"] = {"type": "string", "private": "record"}
        for table, column in (("customers", "id"), ("transactions", "person")):
            tables[table][0]["columns"]["customer_id"] = {"system": "crm", "from": column}
        files["people"]["columns"]["id"] = {"type": "string", "private": "record"}
        content["identities"] = [
            {"file": "moves", "system": "crm", "id": "person", "kind": "'person'"}
            | {"known_at": "min(moment) OVER (PARTITION BY person)"}
        ]

    with pytest.raises(ConfigError, match=r"identities\[0\].*looks at rows of later deliveries"):
        load(tmp_path, identified, several=True)
    assert load(tmp_path, identified, several=False)
