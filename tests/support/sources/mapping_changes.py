"""The small mapping, changed for a test: what would be wrong, or what else may be."""

import copy

import yaml

from src.sources.mapping.mapping import load_mapping
from tests.support.sources.tiny import MAPPING


def load(tmp_path, change):
    content = copy.deepcopy(MAPPING)
    change(content)
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_mapping(path)


def identified(m):
    """A mapping whose customers are to be resolved."""
    people = m["files"]["people"]["columns"]
    people["id"] = {"type": "string", "private": "record"}
    people["remark"] = {"type": "string", "private": "name"}
    m["files"]["people"]["ignored"] = []
    m["files"]["moves"]["columns"]["person"] = {"type": "string", "private": "record"}
    m["identities"] = [
        {"file": "people", "system": "crm", "id": "id", "kind": "'person'", "name": "remark"}
        | {"known_at": "since"}
    ]
    for table, column in (("customers", "id"), ("transactions", "person")):
        m["tables"][table][0]["columns"]["customer_id"] = {"system": "crm", "from": column}


def then(change):
    def both(m):
        identified(m)
        change(m)

    return both


def accounts(change):
    """A mapping in which a file tells which accounts are whose, and then a change."""

    def both(m):
        m["files"]["moves"]["columns"]["account"] = {"type": "string", "private": "account"}
        m["identities"].append(
            {"file": "moves", "system": "crm", "id": "person", "account": "account"}
            | {"known_at": "moment"}
        )
        change(m)

    return both


def file_with(**keys):
    return lambda m: m["files"]["people"].update(keys)


def column_with(**keys):
    return lambda m: m["files"]["people"]["columns"].update(since={"type": "date", **keys})


def amount_with(**keys):
    return lambda m: m["files"]["moves"]["columns"].update(amount={"type": "decimal", **keys})


def kind_with(**keys):
    return lambda m: m["tables"]["transactions"][0]["columns"].update(kind=keys)
