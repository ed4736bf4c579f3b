"""What a user sees who gets something wrong: one message, a non-zero exit, old outputs intact."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project.checkout import Checkout, make_checkout


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout in which nothing has run."""
    return make_checkout(Path(tmp_path_factory.mktemp("untouched")))


@pytest.fixture(autouse=True)
def params_as_they_were(project: Checkout) -> Iterator[None]:
    params = project.folder / "params.yaml"
    before = params.read_bytes()
    yield
    params.write_bytes(before)


def fails(project: Checkout, stage: str, source: str = "simulated", *more: str) -> str:
    """Run a stage, hold that it fails with one plain line, and return that line."""
    command = ("python", "-m", "src.pipeline.stage", stage, source, *more)
    done = project.run(*command, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    return line


def test_an_unknown_parameter_names_its_nearest_neighbour(project: Checkout) -> None:
    params = project.folder / "params.yaml"
    params.write_text(params.read_text().replace("trials:", "trails:"))
    line = fails(project, "collect")
    assert "params.yaml" in line
    assert "'train.trails'" in line
    assert "Did you mean 'trials'?" in line


def test_a_parameter_of_the_wrong_type_says_what_was_found_and_expected(project: Checkout) -> None:
    project.set_params(train__trials="many")
    line = fails(project, "collect")
    assert "'train.trials' has 'many'; expected: Input should be a valid integer" in line


def test_an_unknown_source_names_the_known_ones(project: Checkout) -> None:
    line = fails(project, "collect", "berca")
    assert "Did you mean 'berka'?" in line


def test_a_source_whose_files_are_absent_says_which_and_where_to_get_them(
    project: Checkout, tmp_path: Path
) -> None:
    command = ("python", "-m", "src.pipeline.stage", "collect", "berka")
    done = project.run(*command, check=False, KEHU_SHARED_DATA=str(tmp_path))
    assert done.returncode == 1
    assert "trans.csv" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project.folder / "data/berka/raw").exists()


@pytest.mark.parametrize(
    ("stage", "more"),
    [("integrate", ["public"]), ("features", []), ("labels", []), ("candidate", [])],
)
def test_a_stage_started_before_its_inputs_exist_says_what_to_run(
    project: Checkout, stage: str, more: list[str]
) -> None:
    line = fails(project, stage, "simulated", *more)
    assert "dvc repro" in line or "make run" in line
    assert not (project.data / "ledger").exists()


def test_an_unknown_task_names_the_known_ones(project: Checkout) -> None:
    line = fails(project, "train", "simulated", "chrun")
    assert "Did you mean 'churn'?" in line


@pytest.mark.parametrize("command", [("dvc", "repro"), ("make", "run")])
def test_a_key_that_no_stage_reads_is_refused_before_anything_runs(
    project: Checkout, command: tuple[str, ...]
) -> None:
    params = project.folder / "params.yaml"
    params.write_text(params.read_text() + "sede: 4\n")
    done = project.run(*command, check=False)
    assert done.returncode != 0
    assert "unknown key 'sede'. Did you mean 'seed'?" in done.stdout + done.stderr
    assert not (project.data / "raw").exists()


@pytest.mark.parametrize("name", ["taxonomy", "features", "wordings", "sources/simulated"])
def test_an_unknown_key_in_a_configuration_is_refused_before_anything_runs(
    project: Checkout, name: str
) -> None:
    path = project.folder / f"configs/{name}.yaml"
    before = path.read_bytes()
    try:
        path.write_bytes(before + b"surprise: 1\n")
        line = fails(project, "check")
    finally:
        path.write_bytes(before)
    assert f"{name}.yaml" in line
