"""The real command: where it finds its code, how it ends, what it reads and prints."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

from src.features.dictionary import feature_dictionary
from src.privacy.key import fingerprint, load_key
from src.sources.linkage.model import load_linkage
from tests.support.cli.command import PROJECT, kehu


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder that is a project, with the code and the configuration of this one."""
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("src", "configs", "params.yaml", "dvc.yaml"):
        (folder / name).symlink_to(PROJECT / name)
    return folder


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("montior",), "no command 'montior'. Did you mean 'monitor'? See `kehu --help`."),
        (("source", "chek"), "no command 'chek'. Did you mean 'check'?"),
        (("features", "audit", "--sed", "1"), "no option --sed. Did you mean '--seed'?"),
        (("rollback", "chrun"), "'chrun' is no task. Did you mean 'churn'?"),
        (("monitor", "--source", "berca"), "'berca' is no source of configs/sources. Did you mean"),
        (("source", "check", "berca"), "'berca' is no source of configs/sources. Did you mean"),
        (("rollback", "churn", "three"), "'three' is not a valid integer"),
        (("rollback",), "Missing argument 'TASK'"),
        (("changes", "churn", "2025-01-01"), "expected FROM and TO, or none"),
        (("changes", "churn", "--to-version", "2"), "expected --from-version and --to-version"),
        (("quality", "lineage", "prices"), "found no row, or a row and --key"),
    ],
)
def test_a_wrong_word_is_one_line_with_the_nearest_known_one_and_status_2(arguments, said):
    done = kehu(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert said in line


def test_without_a_command_the_help_is_printed_and_the_status_is_2():
    done = kehu()
    assert done.returncode == 2
    assert "Commands:" in done.stderr


def test_a_fault_of_the_project_is_one_line_and_status_1(project):
    (project / "params.yaml").unlink()
    (project / "params.yaml").write_text("sede: 7\n")
    done = kehu("params", "reference", folder=project)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: params.yaml: unknown key 'sede'. Did you mean 'seed'?")


def test_it_refuses_to_start_outside_of_a_project(tmp_path):
    done = kehu("--help", folder=tmp_path)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "expected params.yaml and dvc.yaml" in line


def test_help_answers_without_loading_what_computes():
    program = (
        "import sys; from src.cli.app import kehu; kehu(['--help'], standalone_mode=False); "
        "print([m for m in ('numpy', 'pandas', 'duckdb', 'pyarrow', 'mlflow') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
    began = time.process_time()
    before = os.times().children_user
    assert kehu("--help").returncode == 0
    assert os.times().children_user - before + time.process_time() - began < 1.0


def test_words_are_completed():
    asked = {"_KEHU_COMPLETE": "bash_complete", "COMP_WORDS": "kehu privacy a", "COMP_CWORD": "2"}
    assert kehu(**asked).stdout.splitlines() == ["plain,accesses"]


def test_paths_are_those_of_the_folder_in_which_the_user_stands(project):
    inner = project / "notes"
    inner.mkdir()
    shutil.copy(PROJECT / "configs/features.yaml", inner / "mine.yaml")
    for given in ("mine.yaml", str(inner / "mine.yaml")):
        done = kehu("features", "dictionary", "--catalogue", given, folder=inner)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("\n| `") > 300
    missing = kehu("features", "dictionary", "--catalogue", "nowhere.yaml", folder=inner)
    assert missing.returncode == 1
    assert missing.stderr.startswith("error: notes/nowhere.yaml: no such file")


def test_the_dictionary_that_it_prints_is_the_written_one():
    done = kehu("features", "dictionary")
    assert done.stdout == feature_dictionary(Path("configs/features.yaml"))


def test_a_mapping_that_names_no_such_file_is_found_faulty_with_status_3(project):
    (project / "data/incoming/berka").mkdir(parents=True)
    (project / "data/incoming/berka/trans.csv").write_text("account_id;district\n1;2\n")
    done = kehu("source", "check", "berka", "--json", folder=project)
    assert done.returncode == 3
    told = json.loads(done.stdout)
    assert told["mapping"] == "configs/sources/berka.yaml"
    assert told["problems"] > 0
    levels = [f["level"] for section in told["sections"] for f in section["findings"]]
    assert levels.count("problem") == told["problems"]
    (line,) = done.stderr.splitlines()
    assert f"{told['problems']} of its words are not understood" in line


def test_init_makes_a_key_once_and_prints_its_fingerprint_alone(project):
    first, second = (kehu("privacy", "init", folder=project, KEHU_KEY="") for _ in range(2))
    key = load_key({}, project / ".kehu/key")
    assert first.returncode == 0
    assert fingerprint(key) in first.stdout
    assert second.returncode == 1
    assert "there is a key already" in second.stderr
    for said in (first.stdout, first.stderr, second.stderr):
        assert key.decode() not in said


@pytest.mark.slow
def test_the_linkage_is_trained_on_a_bank_of_its_own_and_written_where_it_is_asked_for(project):
    (project / "params.yaml").unlink()
    text = (PROJECT / "params.yaml").read_text("utf-8")
    (project / "params.yaml").write_text(
        re.sub(r"(?m)^  customers: 6000$", "  customers: 400", text)
    )
    shutil.copy(PROJECT / "configs/linkage.yaml", project / "mine.yaml")
    done = kehu("source", "train-linkage", "--model", "mine.yaml", folder=project)
    assert done.returncode == 0, done.stderr
    trained = load_linkage(project / "mine.yaml")
    assert trained.trained_on == "the simulated bank, 400 customers, seed 11"
    levels = [level for each in trained.comparisons for level in each.levels[1:]]
    assert len(done.stdout.splitlines()) == len(levels)
    refused = kehu("source", "train-linkage", "--source", "berka", folder=project)
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: berka: found no --raw; expected the folder")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own with the packages of this one, and kehu as `make setup` installs
    it, from a copy of the project."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    (packages,) = (folder / "venv/lib").glob("python*/site-packages")
    (packages / "these.pth").write_text(sysconfig.get_path("purelib"))
    copy(folder / "project", "installed")
    python = folder / "venv/bin/python"
    setup = (PROJECT / "Makefile").read_text("utf-8").splitlines()
    (line,) = [line for line in setup if "--editable" in line]
    options = line.split("-m pip install")[1].split()
    subprocess.run(
        [python, "-m", "pip", "install", "--no-index", *options],
        cwd=folder / "project",
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        check=True,
    )
    return folder


def copy(folder: Path, mark: str) -> Path:
    """A copy of what the command needs, with its own words in the help."""
    shutil.copytree(PROJECT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "params.yaml", "dvc.yaml"):
        shutil.copy(PROJECT / name, folder / name)
    app = folder / "src/cli/app.py"
    text = app.read_text("utf-8")
    app.write_text(text.replace("Kehu classifies", f"The {mark} Kehu classifies"), "utf-8")
    return folder


def test_installed_it_runs_the_code_of_the_project_in_which_it_is_called(environment, tmp_path):
    command = [environment / "venv/bin/kehu", "--help"]
    other = copy(tmp_path / "other", "other")
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}

    def said(folder: Path) -> str:
        done = subprocess.run(
            command, cwd=folder, env=clean, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert "The installed Kehu" in said(environment / "project")
    assert "The other Kehu" in said(other)
    assert "The other Kehu" in said(other / "src" / "cli")
    program = "from importlib.util import find_spec as f; print(f('src'), bool(f('kehu')))"
    found = subprocess.run(
        [environment / "venv/bin/python", "-c", program],
        cwd=tmp_path,
        env=clean,
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == "None True"
