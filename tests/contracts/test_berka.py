"""The Berka bank, a real extract, through the whole pipeline by one parameter."""

from dataclasses import replace
from pathlib import Path

import pytest

from src.core.files import read_json
from tests.support.project.checkout import Checkout, environment, make_checkout

ORIGINALS = Path(environment()["KEHU_SHARED_DATA"]) / "berka"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not ORIGINALS.is_dir(),
        reason="the Berka files are not here; set KEHU_SHARED_DATA to the folder that holds berka/",
    ),
]


@pytest.fixture(scope="module")
def berka(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    checkout = make_checkout(Path(tmp_path_factory.mktemp("berka")))
    checkout = replace(checkout, source="berka")
    checkout.set_params(
        features__snapshots__every_months=1, train__test_snapshots=3, train__folds=3
    )
    checkout.run("make", "run", "SOURCE=berka")
    return checkout


def test_the_tasks_that_berka_supports_are_trained_judged_and_served(berka: Checkout) -> None:
    manifest = read_json(berka.release / "manifest.json")
    assert set(manifest["tasks"]) == {"value_tier", "churn"}
    assert manifest["base_currency"] == "CZK"


def test_the_task_that_it_does_not_support_is_named_with_the_reason(berka: Checkout) -> None:
    manifest = read_json(berka.release / "manifest.json")
    assert "questionnaire" in manifest["unsupported"]["risk_appetite"]
    assert (
        manifest["unsupported"]["risk_appetite"]
        in berka.run("kehu", "run", "--source", "berka").stdout
    )


def test_every_customer_with_a_history_is_scored(berka: Checkout) -> None:
    scores = berka.scores()
    assert scores["customer_id"].is_unique
    assert len(scores) > 300


def test_every_row_that_enters_comes_out_or_is_rejected(berka: Checkout) -> None:
    account = read_json(berka.data / "ledger/integration.json")
    for entry in account["rows"]:
        assert entry["rows_in"] == entry["rows_out"] + sum(entry["rejected"].values()), entry
