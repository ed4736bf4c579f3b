"""`dvc repro` after a rollback, on a real pipeline: the old model scores, and stays."""

import json

import pytest

from tests.contracts.test_pipeline import stages_that_ran
from tests.support.project.checkout import Checkout

TASK = "value_tier"


@pytest.mark.slow
def test_a_run_after_a_rollback_scores_with_the_old_model_and_does_not_promote_the_other_again(
    copied_bank: Checkout,
) -> None:
    first = served(copied_bank)
    copied_bank.set_params(train__test_share=0.45)  # every candidate is another one
    copied_bank.run("dvc", "repro")
    if served(copied_bank) == first:  # it was refused, and is taken back once it is served
        copied_bank.run("kehu", "rollback", TASK, "2", "--reason", "to try it")
    second = served(copied_bank)
    assert second != first
    copied_bank.run("kehu", "rollback", TASK)
    assert served(copied_bank) == first

    again = copied_bank.run("dvc", "repro")

    assert stages_that_ran(again.stdout) == {"check", "promote", "classify", "report"}
    assert served(copied_bank) == first
    assert set(copied_bank.scores()[f"{TASK}_version"]) == {first}
    decision = manifest(copied_bank)["decision"]
    assert (decision["rule"], decision["promoted"]) == ("taken back", False)
    page = (copied_bank.folder / "data/reports/index.html").read_text("utf-8")
    assert "the champion of an earlier run is served on" in page
    assert stages_that_ran(copied_bank.run("dvc", "repro").stdout) == {"check"}


def manifest(checkout: Checkout) -> dict:
    content = (checkout.folder / "data/bundle/manifest.json").read_text("utf-8")
    return json.loads(content)["tasks"][TASK]


def served(checkout: Checkout) -> str:
    """The version of the task's model that is served."""
    return manifest(checkout)["version"]
