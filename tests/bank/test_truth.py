"""The sealed truth of the simulated bank forgets the erased as well."""

import pandas as pd

from src.bank.truth import leave_out
from src.privacy.erased import Erased
from tests.support.sources.integration import KEY


def test_records_accounts_and_personal_errors_of_the_erased_leave_the_truth(tmp_path):
    records = pd.DataFrame(
        {"record": ["crm:1", "crm:2", "core:1", "core:2"], "person": [7, 8, 9, 7]}
    )
    accounts = pd.DataFrame({"account": ["6217001", "6217002"], "person": [7, 8]})
    records.to_parquet(tmp_path / "records.parquet")
    accounts.to_parquet(tmp_path / "accounts.parquet")
    errors = pd.DataFrame({"column": ["addr", "nav"], "true": ["Elm Road 1", "1.5"]})
    errors.to_parquet(tmp_path / "errors.parquet")
    erased = Erased(KEY).with_customer(
        "simulated", ["K1"], [("crm", "1"), ("core", "2")], ["6217001"]
    )
    leave_out(tmp_path, "another", erased, set())
    assert len(pd.read_parquet(tmp_path / "records.parquet")) == 4
    leave_out(tmp_path, "simulated", erased, {"addr"})
    assert pd.read_parquet(tmp_path / "records.parquet")["record"].tolist() == ["crm:2", "core:1"]
    assert pd.read_parquet(tmp_path / "accounts.parquet")["account"].tolist() == ["6217002"]
    assert pd.read_parquet(tmp_path / "errors.parquet")["column"].tolist() == ["nav"]
