"""Rows of the ledger stand in an order that tells nothing of the key and does not depend on it."""

import copy
import random

import pandas as pd
import yaml

from tests.support.sources import integration as integrating
from tests.support.sources.tiny import MAPPING, MOVES, RATES


def test_customers_known_at_one_instant_stand_in_the_order_of_their_first_lines(
    tmp_path, monkeypatch
):
    names = [f"N{number}" for number in range(40)]
    random.Random(7).shuffle(names)
    raw = tmp_path / "raw"
    raw.mkdir()
    lines = [f"{name},0{1 + number // 20}.02.2020," for number, name in enumerate(names)]
    (raw / "people.csv").write_text("\n".join(["id,since,remark", *lines, ""]), encoding="utf-8")
    (raw / "moves.csv").write_text(MOVES, encoding="utf-8")
    (raw / "rates.csv").write_text(RATES, encoding="utf-8")
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(copy.deepcopy(MAPPING)), encoding="utf-8")
    orders = []
    for number in range(2):
        monkeypatch.setattr(integrating, "KEY", integrating.KEY + bytes([65 + number]))
        integrating.integrate_into(path, raw, tmp_path)
        who = pd.read_parquet(tmp_path / "vault/cross_reference.parquet")
        record = dict(zip(who["customer_id"], who["record"], strict=True))
        customers = pd.read_parquet(tmp_path / "ledger/customers.parquet")["customer_id"]
        orders.append([record[customer] for customer in customers])
        lineage = pd.read_parquet(tmp_path / "ledger/lineage/customers.parquet")
        assert lineage["line"].tolist() == list(range(2, 42))
    assert orders == [names, names]
