"""The stages of dvc.yaml depend on the code that they run: on all of it, and on no other."""

import pytest

from src.core.config import read_yaml
from src.pipeline.stage import ROOMS
from tests.support.project.imports import PROJECT, files_run_by, graph

MODULES = {
    stage: f"src.pipeline.{room}.{stage}" for room, stages in ROOMS.items() for stage in stages
}


def stages() -> dict[str, dict]:
    """The stages of dvc.yaml; of a foreach stage what it does."""
    found = read_yaml(PROJECT / "dvc.yaml")["stages"]
    return {name: stage.get("do", stage) for name, stage in found.items()}


def code_of(stage: str) -> set[str]:
    """The files of code that the stage's command may run, relative to the project."""
    return files_run_by(MODULES[stage], "src.pipeline.stage", "src.pipeline.run")


def named(stage: str) -> list[str]:
    """The files and folders under src that dvc.yaml names."""
    return [dep for dep in stages()[stage]["deps"] if dep.startswith("src/")]


def covers(dependency: str, file: str) -> bool:
    return file == dependency or file.startswith(f"{dependency}/")


def test_the_graph_and_so_the_import_contract_sees_every_file_of_src():
    files = {path.relative_to(PROJECT) for path in (PROJECT / "src").rglob("*.py")}
    modules = {".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in files}
    assert modules - graph().modules == {
        "src.cli.start.kehu"
    }  # it finds the project, outside of it


def test_each_stage_of_dvc_yaml_has_its_module():
    assert stages().keys() == MODULES.keys()


@pytest.mark.parametrize("stage", MODULES)
def test_a_stage_depends_on_all_code_that_it_imports(stage):
    code = code_of(stage)
    assert len(code) > 20
    missing = {file for file in code if not any(covers(one, file) for one in named(stage))}
    assert missing == set()


@pytest.mark.parametrize("stage", MODULES)
def test_a_stage_depends_on_no_code_that_it_does_not_import(stage):
    code = code_of(stage)
    assert [one for one in named(stage) if not any(covers(one, file) for file in code)] == []


@pytest.mark.parametrize("stage", MODULES)
def test_code_is_named_once_and_exists(stage):
    for one in named(stage):
        assert (PROJECT / one).exists(), one
        assert [other for other in named(stage) if covers(other, one)] == [one]


@pytest.mark.parametrize(
    ("room", "unmoved"),
    [
        ("src/serving", set(MODULES) - {"candidate"}),
        ("src/cli", set(MODULES)),
        ("src/bank", set(MODULES) - {"collect"}),
        ("src/pipeline/operations", set(MODULES)),
        ("src/reports/model", set(MODULES) - {"explain"}),
        ("src/models/mlflow_store.py", {"collect", "integrate", "features", "audit", "labels"}),
        ("src/features/build.py", {"check", "collect", "integrate", "gate", "train", "evaluate"}),
        ("src/sources/staging", {"gate", "assets", "features", "train", "explain", "candidate"}),
    ],
)
def test_an_edit_in_a_room_that_a_stage_does_not_use_leaves_it_alone(room, unmoved):
    moved = {
        stage
        for stage in MODULES
        if any(covers(one, room) or covers(room, one) for one in named(stage))
    }
    assert moved & unmoved == set()
