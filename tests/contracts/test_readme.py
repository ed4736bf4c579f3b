"""The documentation does what it says: each command in a block of README.md and docs/*.md is run
here for real, or is what CI or another test runs; what is named in the text exists."""

import json
import re
import shlex
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from src.cli.app import kehu
from src.core.params import load_params
from src.core.schemas import TASKS
from src.pipeline.operations.reference import reference
from tests.support.project.checkout import PROJECT, Checkout, free_port
from tests.support.project.front_page import (
    ANSWER,
    ASKED,
    FIGURES,
    RECORD,
    block,
    committed_metrics,
    figures_table,
    with_block,
)

README = (PROJECT / "README.md").read_text("utf-8")
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
# Besides the pages, what they refer to.
TEXTS = [
    *PAGES,
    PROJECT / "CHANGELOG.md",
    *sorted((PROJECT / "configs").rglob("*.md")),
    *sorted((PROJECT / "src").rglob("*.md")),
    *sorted((PROJECT / "data/incoming").glob("*/README.md")),
]

BY_CI = {"make run", "make test"}
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
SERVERS = {"make serve", "kehu serve --source simulated --port 3000", "mlflow ui"}
EXPERIMENT = "dvc exp run -S train.trials=5 -S seed=1"
DIFFERENCE = "dvc metrics diff"


def commands(page: Path) -> list[str]:
    """Every command in a page's bash blocks, comments taken off."""
    blocks = re.findall(r"```bash\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    whole = []
    for text in blocks:
        if "curl" in text:
            whole.append(text.strip())
        else:
            whole += [line.split("#")[0].strip() for line in text.splitlines()]
    return [command for command in whole if command]


ALL = list(dict.fromkeys(command for page in PAGES for command in commands(page)))
CURLS = [command for command in ALL if "curl" in command]
PLAIN = [
    command
    for command in ALL
    if command not in BY_CI | BY_OTHER_TESTS | SERVERS | {EXPERIMENT, DIFFERENCE}
    and command not in CURLS
]


def test_the_readme_is_a_front_door_and_no_house() -> None:
    assert len(README.splitlines()) <= 180


def test_ci_runs_the_commands_that_set_everything_up() -> None:
    script = (PROJECT / ".ci/run").read_text("utf-8")
    for command in BY_CI:
        assert re.search(rf"^{command}$", script, re.MULTILINE), command


def test_what_is_left_to_others_is_in_a_page() -> None:
    assert set(ALL) >= BY_CI | BY_OTHER_TESTS | SERVERS | {EXPERIMENT, DIFFERENCE}


@pytest.mark.parametrize("command", PLAIN)
def test_a_command_of_a_page_succeeds_and_prints_something(
    copied_bank: Checkout, command: str
) -> None:
    done = copied_bank.run("bash", "-o", "pipefail", "-c", command)
    assert done.stdout.strip() or done.stderr.strip()


@pytest.mark.slow
def test_an_experiment_of_the_pages_shows_in_the_difference_of_the_metrics(
    copied_bank: Checkout,
) -> None:
    assert {EXPERIMENT, DIFFERENCE} <= set(ALL)
    assert copied_bank.run(*shlex.split(DIFFERENCE)).stdout == ""
    copied_bank.run(*shlex.split(EXPERIMENT))
    assert "data/simulated/metrics/churn.json" in copied_bank.run(*shlex.split(DIFFERENCE)).stdout


def words_of(command: str) -> list[str]:
    """The words of `kehu …` up to the first that is no plain word."""
    words: list[str] = []
    for word in command.split()[1:]:
        if not re.fullmatch(r"[a-z-]+", word) or word.startswith("-"):
            break
        words.append(word)
    return words


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_command_that_a_text_names_exists(path: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE)
    text = path.read_text("utf-8")
    named = re.findall(r"`([^`\n]+)`", text) + (commands(path) if path in PAGES else [])
    for command in named:
        if command.startswith("make "):
            assert command.split()[1] in targets, command
        if command.startswith("python -m tests."):
            module = command.split()[2].replace(".", "/")
            assert (PROJECT / f"{module}.py").is_file() or (PROJECT / module).is_dir(), command
        if command.startswith("kehu "):
            found: click.Command = kehu
            for word in words_of(command):
                if not isinstance(found, click.Group):
                    break
                assert word in found.commands, command
                found = found.commands[word]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_file_to_which_a_text_leads_exists(path: Path) -> None:
    text = path.read_text("utf-8")
    for link in re.findall(r"\]\(([^)#\s]+)", text):
        if not link.startswith("http"):
            assert (path.parent / link).exists(), link
    for named in re.findall(r"`((?:src|configs|tests|notebooks|docs)/[\w./-]+)`", text):
        assert (PROJECT / named).exists(), named


def test_the_figures_of_the_readme_are_those_of_the_committed_metrics() -> None:
    metrics = committed_metrics()
    if not metrics:
        pytest.skip("no metrics of the default run are committed")
    assert block(README, FIGURES) == figures_table(metrics), "run `make docs`"


def test_the_table_of_figures_says_what_the_run_printed(small_bank: Checkout) -> None:
    lines = small_bank.run("kehu", "run").stdout.splitlines()
    folder = small_bank.data / "metrics"
    metrics = {task: json.loads((folder / f"{task}.json").read_text("utf-8")) for task in TASKS}
    rows = [row[2:-2].split(" | ") for row in figures_table(metrics).splitlines()[2:]]
    assert len(rows) == 4 * len(TASKS)
    for _, _, figure, lead, served in rows:
        (line,) = [each for each in lines if f"  {figure} [" in each and lead in each]
        assert line.endswith("served") == (served == "served"), line


def test_a_generated_part_is_replaced_and_the_rest_stays() -> None:
    page = "before\n<!-- part: by hand -->\nold\nlines\n<!-- end of part -->\nafter\n"
    assert block(page, "part") == "old\nlines"
    assert with_block(page, "part", r"n\1w") == page.replace("old\nlines", r"n\1w")


def test_each_stage_has_a_budget() -> None:
    page = (PROJECT / "docs/architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| (\w+) \| (\d+) s \|", block(page, "budget"), re.MULTILINE)
    stages = yaml.safe_load((PROJECT / "dvc.yaml").read_text("utf-8"))["stages"]
    assert [stage for stage, _ in rows] == list(stages)
    assert sum(int(seconds) for _, seconds in rows) <= 8 * 60


@pytest.fixture(scope="module")
def endpoint(small_bank: Checkout) -> Iterator[str]:
    port = free_port()
    with small_bank.server("make", "serve", f"PORT={port}", port=port, path="/readyz") as address:
        yield address


def asked(bank: Checkout, endpoint: str, command: str) -> dict[str, Any]:
    """What the endpoint answers about the one customer of a request."""
    answer = json.loads(bank.run("bash", "-c", command.replace("localhost:3000", endpoint)).stdout)
    (customer,) = answer["customers"]
    found: dict[str, Any] = customer
    return found


@pytest.mark.parametrize("command", CURLS)
def test_a_request_of_a_page_is_answered_with_each_task_that_it_names(
    small_bank: Checkout, endpoint: str, command: str
) -> None:
    scores = asked(small_bank, endpoint, command)["scores"]
    assert set(scores) == ({"churn"} if "tasks" in command else set(TASKS))
    for score in scores.values():
        assert sum(score["probabilities"].values()) == pytest.approx(1)


def test_the_answer_in_the_readme_is_of_its_request_and_has_todays_fields(
    small_bank: Checkout, endpoint: str
) -> None:
    (command,) = [each for each in commands(PROJECT / "README.md") if "curl" in each]
    assert RECORD in command
    for key, value in ASKED.items():
        assert f'"{key}": {json.dumps(value)}' in command.replace('\\"', '"')
    printed = json.loads(block(README, ANSWER).removeprefix("```json\n").removesuffix("```"))
    (shown,) = printed["customers"]
    live = asked(small_bank, endpoint, command)
    assert set(shown) == set(live)
    assert set(shown["scores"]["churn"]) - {"note"} == set(live["scores"]["churn"]) - {"note"}
    assert set(shown["scores"]["churn"]["model"]) == set(live["scores"]["churn"]["model"])


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
        "notebooks", "src", "configs", "data", "docs", "tests",
        "dvc.yaml", "dvc.lock", "params.yaml", "pyproject.toml", "requirements.lock",
        "Makefile", "README.md", "CHANGELOG.md",
    }  # fmt: skip
