"""A second source has outputs, models, a release and a lock of its own; the first one's stay."""

from dataclasses import replace
from pathlib import Path

import pytest

from src.core.files import digest
from tests.contracts.test_experiments import decided
from tests.support.project.checkout import Checkout
from tests.support.sources.far_trans_like import deliver, investors

SECOND = "far_trans"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def both(copied_bank: Checkout) -> tuple[dict[str, str], Checkout]:
    """What stood of the first source before the second one ran beside it, and the second."""
    before = everything(copied_bank)
    deliver(investors(), copied_bank.folder / "made_up" / SECOND)
    shared = str(copied_bank.folder / "made_up")
    copied_bank.run("kehu", "run", "--source", SECOND, KEHU_SHARED_DATA=shared)
    return before, replace(copied_bank, source=SECOND)


def everything(bank: Checkout) -> dict[str, str]:
    """Every file of the simulated bank's outputs, dvc.yaml and its lock; what is decided."""
    files = [bank.folder / "dvc.lock", bank.folder / "dvc.yaml", *bank.data.rglob("*")]
    found = {str(p.relative_to(bank.folder)): digest(p) for p in files if p.is_file()}
    return found | decided(bank)


def test_all_of_the_first_source_stays_as_it_is(
    both: tuple[dict[str, str], Checkout], copied_bank: Checkout
) -> None:
    before, _ = both
    assert everything(copied_bank) == before
    status = copied_bank.run("dvc", "status", "dvc.yaml").stdout
    assert status.strip() == "Data and pipelines are up to date."


def test_no_tracked_file_is_rewritten(both: tuple[dict[str, str], Checkout]) -> None:
    _, second = both
    # DVC stages the new lock, which is the second source's own
    changed = second.run("git", "diff", "--name-only", "--diff-filter=a", "HEAD").stdout
    assert changed == ""
    told = second.run("git", "status", "--porcelain", "--untracked-files=all").stdout.splitlines()
    assert {line[3:].split("/")[1] for line in told} == {SECOND}


def test_the_second_one_has_a_lock_and_a_release_of_its_own(
    both: tuple[dict[str, str], Checkout], copied_bank: Checkout
) -> None:
    _, second = both
    lock = (second.data / "dvc.lock").read_text("utf-8")
    assert f"data/{SECOND}/ledger" in lock
    assert "data/simulated" not in lock
    assert second.release.parent == Path(second.data / "releases")
    assert second.release.name != copied_bank.release.name
