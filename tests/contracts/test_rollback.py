"""A new run after a rollback, on a real pipeline: the old model serves, and stays."""

import re

import pytest

from src.core.files import read_json
from tests.contracts.test_pipeline import stages_that_ran
from tests.support.project.checkout import Checkout

TASK = "value_tier"


@pytest.mark.slow
def test_a_promotion_after_a_rollback_scores_with_the_old_model_and_does_not_serve_the_other_again(
    copied_bank: Checkout,
) -> None:
    first = served(copied_bank)
    copied_bank.set_params(train__test_share=0.45)  # every candidate is another one
    copied_bank.run("kehu", "run")
    assert served(copied_bank) == first
    copied_bank.run("kehu", "promote")
    if served(copied_bank) == first:  # it was refused, and is taken back once it is served
        copied_bank.run("kehu", "rollback", TASK, "2", "--reason", "to try it")
    second = served(copied_bank)
    assert second != first
    copied_bank.run("kehu", "rollback", TASK)
    assert served(copied_bank) == first
    assert set(copied_bank.scores()[f"{TASK}_version"]) == {first}

    assert stages_that_ran(copied_bank.run("dvc", "repro").stdout) == set()
    said = copied_bank.run("kehu", "promote").stdout

    assert served(copied_bank) == first
    assert set(copied_bank.scores()[f"{TASK}_version"]) == {first}
    assert "taken back" in said
    page = (copied_bank.data / "reports/index.html").read_text("utf-8")
    links = re.findall(r'href="versions/([^"]+)"', page)
    assert f"{TASK}-{first}.html" in links
    assert f"{TASK}-{second}.html" not in links
    assert (copied_bank.data / f"reports/versions/{TASK}-{first}.html").is_file()


def served(checkout: Checkout) -> str:
    """The version of the task's model that is served."""
    version: str = read_json(checkout.release / "manifest.json")["tasks"][TASK]["version"]
    return version
