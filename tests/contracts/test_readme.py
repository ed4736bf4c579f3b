"""The README's commands do what it says: each is run here for real, or is what CI itself runs."""

import json
import re
import shlex
import sqlite3
from collections.abc import Iterator

import pytest
from src.pipeline.reference import reference

from src.core.params import load_params
from tests.support.project.checkout import PROJECT, Checkout, free_port

BY_CI = {"make run", "make test", "make test-slow"}
BY_OTHER_TESTS = {
    "make run SOURCE=berka",
    "source .venv/bin/activate",
    "echo crm:C0000131 | kehu erase --yes",
    # a bank that was trained once has nothing to go back to, and may well break a monitor's gate
    "kehu rollback churn",
    'kehu rollback churn 3 --reason "why"',
    "kehu monitor",
    "kehu monitor 2025-03-01",
}
SERVERS = {"make serve", "mlflow ui"}
EXPERIMENT = "dvc exp run -S train.trials=5 -S seed=1"
DIFFERENCE = "dvc metrics diff"


def commands() -> list[str]:
    """Every command in the README's bash blocks, comments taken off."""
    blocks = re.findall(r"```bash\n(.*?)```", (PROJECT / "README.md").read_text("utf-8"), re.DOTALL)
    whole = []
    for block in blocks:
        if "curl" in block:
            whole.append(block.strip())
        else:
            whole += [line.split("#")[0].strip() for line in block.splitlines()]
    return [command for command in whole if command]


CURLS = [command for command in commands() if "curl" in command]
PLAIN = [
    command
    for command in commands()
    if command not in BY_CI | BY_OTHER_TESTS | SERVERS | {EXPERIMENT, DIFFERENCE}
    and command not in CURLS
]


def test_ci_runs_the_commands_that_set_everything_up() -> None:
    script = (PROJECT / ".ci/run").read_text("utf-8")
    for command in BY_CI:
        assert re.search(rf"^{command}$", script, re.MULTILINE), command


@pytest.mark.parametrize("command", PLAIN)
def test_a_command_of_the_readme_succeeds_and_prints_something(
    copied_bank: Checkout, command: str
) -> None:
    done = copied_bank.run("bash", "-o", "pipefail", "-c", command)
    assert done.stdout.strip() or done.stderr.strip()


@pytest.mark.slow
def test_an_experiment_of_the_readme_shows_in_the_difference_of_the_metrics(
    copied_bank: Checkout,
) -> None:
    assert {EXPERIMENT, DIFFERENCE} <= set(commands())
    assert copied_bank.run(*shlex.split(DIFFERENCE)).stdout == ""
    copied_bank.run(*shlex.split(EXPERIMENT))
    assert "data/simulated/metrics/churn.json" in copied_bank.run(*shlex.split(DIFFERENCE)).stdout


@pytest.fixture(scope="module")
def endpoint(small_bank: Checkout) -> Iterator[str]:
    port = free_port()
    with small_bank.server("make", "serve", f"PORT={port}", port=port, path="/readyz") as address:
        yield address


@pytest.mark.parametrize("command", CURLS)
def test_a_request_of_the_readme_is_answered_with_three_classes(
    small_bank: Checkout, endpoint: str, command: str
) -> None:
    asked = command.replace("localhost:3000", endpoint)
    answer = json.loads(small_bank.run("bash", "-c", asked).stdout)
    (customer,) = answer["customers"]
    assert set(customer["scores"]) == {"risk_appetite", "value_tier", "churn"}
    for score in customer["scores"].values():
        assert sum(score["probabilities"].values()) == pytest.approx(1)


def test_mlflow_ui_shows_one_run_per_task_and_a_champion_each(small_bank: Checkout) -> None:
    port = free_port()
    with (
        small_bank.server("mlflow", "ui", "--port", str(port), port=port, path="/health"),
        sqlite3.connect(small_bank.folder / "mlflow.db") as store,
    ):
        aliases = store.execute("select name, alias from registered_model_aliases").fetchall()
    assert {name for name, alias in aliases if alias == "champion"} == {
        "kehu_risk_appetite",
        "kehu_value_tier",
        "kehu_churn",
    }


def test_the_parameter_reference_is_up_to_date() -> None:
    written = (PROJECT / "configs/PARAMETERS.md").read_text("utf-8")
    assert written == reference(load_params(PROJECT / "params.yaml")), "run `make docs`"


def test_the_top_level_holds_what_it_should_and_nothing_else(small_bank: Checkout) -> None:
    listed = small_bank.run("git", "ls-tree", "--name-only", "HEAD").stdout.split()
    visible = {name for name in listed if not name.startswith(".")}
    assert visible == {
        "notebooks", "src", "configs", "data", "tests",
        "dvc.yaml", "dvc.lock", "params.yaml", "pyproject.toml", "requirements.lock",
        "Makefile", "README.md",
    }  # fmt: skip
