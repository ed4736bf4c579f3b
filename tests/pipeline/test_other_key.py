"""Another key gives other pseudonyms, the same split of the same persons and the same figures."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from src.core.files import read_parquet
from src.models.splits import split_rows
from tests.support.sources.pipeline_stages import integrated, judged, labelled, read_json, workspace

TASK = "value_tier"
KEYS = (f"the one key of this test, {'0123456789' * 3}", f"and the other one, {'9876543210' * 3}")
pytestmark = pytest.mark.slow
SIZES = {
    "simulate.customers": 150,
    "simulate.months": 14,
    "fairness.min_customers": 8,
    "fairness.min_cases": 2,
}


class Bank(NamedTuple):
    """A workspace through which the same extracts went under one key, and what came of them."""

    folder: Path
    figures: dict

    def persons(self) -> dict[str, tuple[str, ...]]:
        """Pseudonym -> the records behind it."""
        rows = pd.read_parquet(self.folder / "data/simulated/vault/cross_reference.parquet")
        return rows.groupby("customer_id")["record"].agg(lambda r: tuple(sorted(set(r)))).to_dict()

    def table(self, path: str) -> pd.DataFrame:
        """An output with persons in the place of their pseudonyms, its rows as they stand."""
        rows = read_parquet(self.folder / path)
        return rows.assign(customer_id=rows["customer_id"].map(self.persons()))


@pytest.fixture(scope="module")
def banks(tmp_path_factory: pytest.TempPathFactory) -> list[Bank]:
    found = []
    for number, key in enumerate(KEYS):
        folder = workspace(tmp_path_factory.mktemp(f"key_{number}"), "simulated", SIZES)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("src.pipeline.deliveries.inputs.PUBLIC_KEY", key.encode())
            integrated(folder)
            labelled(folder)
            found.append(Bank(folder, judged(folder, TASK)))
    return found


def test_no_pseudonym_is_the_same(banks: list[Bank]) -> None:
    one, other = (set(bank.persons()) for bank in banks)
    assert len(one) == len(other) > 100
    assert not one & other


def test_the_ledgers_tables_hold_the_same_persons_in_the_same_order(banks: list[Bank]) -> None:
    for table in ("customers", "transactions", "balances", "questionnaires", "interactions"):
        one, other = (bank.table(f"data/simulated/ledger/{table}.parquet") for bank in banks)
        assert one["customer_id"].tolist() == other["customer_id"].tolist()
        assert one["known_at"].equals(other["known_at"])


def test_the_same_persons_are_held_out(banks: list[Bank]) -> None:
    sides = []
    for bank in banks:
        rows = bank.table(f"data/simulated/labels/{TASK}.parquet")
        split = split_rows(rows, 90, 0.4, 1, 7)
        sides.append([set(rows[part]["customer_id"]) for part in (split.development, split.test)])
    assert sides[0] == sides[1]
    assert all(len(side) > 20 for side in sides[0])


def test_the_models_judge_the_same_persons_alike_to_the_last_bit(banks: list[Bank]) -> None:
    one, other = (
        bank.table(f"data/simulated/models/{TASK}/test_predictions.parquet") for bank in banks
    )
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_every_figure_is_the_same(banks: list[Bank]) -> None:
    one, other = (bank.figures for bank in banks)
    assert one == other
    assert one["candidates"]["lightgbm"]
    # the small groups are judged, too: their figures are among those that are the same
    assert "candidates" in one["fairness"]["attributes"]["region"]["disparities"]
    trained = [read_json(b.folder / f"data/simulated/models/{TASK}/model/card.json") for b in banks]
    assert trained[0]["training"]["rounds"] == trained[1]["training"]["rounds"]
