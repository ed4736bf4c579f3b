"""However the same rows are written, the same ledger comes out."""

import json

import duckdb
import pandas as pd
import pytest

from tests.support.sources.tiny import MAPPING, PEOPLE


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk"])
def test_other_encodings_are_read(bank, encoding):
    content = json.loads(json.dumps(MAPPING))
    content["files"]["people"]["encoding"] = "gbk" if encoding == "gbk" else "utf-8"
    content["files"]["people"]["columns"]["remark"] = "string"
    content["files"]["people"]["ignored"] = []
    content["tables"]["customers"][0]["columns"]["region"] = "remark"
    bank.map(content)
    bank.write("people.csv", PEOPLE.replace("x", "北京"), encoding=encoding)
    bank.integrate()
    assert bank.table("customers")["region"].tolist()[1] == "北京"


def test_jsonl_and_parquet_are_read_like_csv(bank):
    bank.integrate()
    expected = bank.table("transactions")
    content = json.loads(json.dumps(MAPPING))
    content["files"]["rates"] |= {"format": "jsonl", "path": "rates.jsonl"}
    content["files"]["people"] |= {"format": "parquet", "path": "people.parquet"}
    bank.map(content)
    frame = pd.read_csv(bank.raw / "rates.csv", dtype=str)
    frame.to_json(bank.raw / "rates.jsonl", orient="records", lines=True)
    duckdb.sql(
        f"COPY (FROM read_csv('{bank.raw / 'people.csv'}', all_varchar=true)) "
        f"TO '{bank.raw / 'people.parquet'}'"
    )
    bank.integrate()
    pd.testing.assert_frame_equal(bank.table("transactions"), expected)
