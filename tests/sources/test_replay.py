"""History replayed: the ledger of the deliveries that had arrived by a day is the whole ledger as
it stood that day, table by table and value by value."""

import shutil
from datetime import datetime

import pandas as pd
import pytest

from src.core.engine import EngineParams, connect
from src.core.ledger import known_before, open_ledger
from src.core.schemas import LEDGER
from tests.sources.conftest import CONFIGS
from tests.sources.integrating import integrate_into


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2023, 3, 1),
        pytest.param(datetime(2023, 11, 1), marks=pytest.mark.slow),
        pytest.param(datetime(2024, 6, 1), marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_the_ledger_of_what_had_arrived_equals_the_whole_one_as_of_then(
    simulated, tmp_path, instant
):
    raw = tmp_path / "raw"
    shutil.copytree(simulated / "raw", raw)
    for path in raw.rglob("*"):
        stamp = path.stem.rpartition("_")[2]
        if stamp.isdecimal() and stamp > f"{instant:%Y%m%d}":
            path.unlink()
    integrate_into(CONFIGS / "simulated.yaml", raw, tmp_path)
    then = known_before(open_ledger(simulated / "ledger", connect(EngineParams())), instant)
    for name, table in LEDGER.items():
        order = list(table.version_key)
        alone = pd.read_parquet(tmp_path / "ledger" / f"{name}.parquet")
        expected = then[name].to_pandas()[alone.columns]
        pd.testing.assert_frame_equal(
            alone.sort_values(order, ignore_index=True),
            expected.sort_values(order, ignore_index=True),
            check_dtype=False,
        )
        assert name == "labels" or len(alone)
