"""A killed integration leaves no name, number or address behind for longer than until the next
command, and none where nobody looks."""

import copy
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from src.core.params import load_params
from src.core.scratch import SCRATCH, folders
from src.pipeline.operations.purge import dvc, purge
from src.pipeline.run import Run
from src.privacy.traces import Search
from tests.support.sources.tiny import MAPPING, MOVES, RATES

ROOT = Path(__file__).resolve().parents[2]
INTEGRATE = """
import os, sys
from pathlib import Path
project = Path.cwd()
os.chdir(sys.argv[1])  # rules and linkage are named from there
from src.sources.linkage.model import load_linkage
from src.sources.staging.rules import load_rules
from src.pipeline.paths import LINKAGE, RULES
rules, linkage = load_rules(RULES), load_linkage(LINKAGE)
os.chdir(project)
from src.sources.integrate import integrate
from src.sources.mapping.mapping import load_mapping
from tests.support.sources.integration import KEY, PARAMS
integrate(load_mapping(Path("tiny.yaml")), rules, linkage, Path("raw"), Path("ledger"),
          Path("vault"), KEY, PARAMS)
"""
ADDRESS = "北京市朝阳区建国路88号"
SEARCH = Search.of({"name": ["王小明"], "phone": ["13800138000"], "address": [ADDRESS]})


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A bank with one customer to look for among many others."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    content = copy.deepcopy(MAPPING)
    private = {kind: {"private": kind} for kind in ("name", "phone", "address")}
    content["files"]["people"] |= {"encoding": "gbk"}
    content["files"]["people"]["columns"] |= private
    Path("tiny.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    people = "".join(f"P{n},01.02.2020,,李{n},139{n:08},上海市{n}号\n" for n in range(30_000))
    people = f"A,01.02.2020,,王小明,13800138000,{ADDRESS}\n{people}"
    Path("raw").mkdir()
    header = "id,since,remark,name,phone,address\n"
    Path("raw/people.csv").write_text(header + people, encoding="gbk")
    Path("raw/moves.csv").write_text(MOVES, encoding="utf-8")
    Path("raw/rates.csv").write_text(RATES, encoding="utf-8")
    return tmp_path


def killed_with_names_on_disk(project):
    """Integrate in another process and kill it as soon as the customer stands in a file of it."""
    command = [sys.executable, "-c", INTEGRATE, str(ROOT)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=project, env=environment) as process:
        while process.poll() is None:
            if found := SEARCH.in_files([SCRATCH, project / "tmp"]):
                process.send_signal(signal.SIGKILL)
                process.wait()
                return found
            time.sleep(0.01)
    raise AssertionError(f"integration ended with {process.returncode} before it was seen")


def test_a_killed_integration_leaves_nothing_after_the_next_command(project):
    found = killed_with_names_on_disk(project)
    assert all(trace.file.startswith(str(SCRATCH)) for trace in found)
    assert SEARCH.in_files([SCRATCH])  # what erasure searches: it would be found
    command = [sys.executable, "-c", INTEGRATE, str(ROOT)]
    subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True)
    assert folders() == [] and list((project / "tmp").iterdir()) == []
    assert {trace.file.split("/")[0] for trace in SEARCH.in_files([Path()])} == {"raw", "vault"}


def test_erasure_removes_what_a_killed_integration_left(project):
    killed_with_names_on_disk(project)
    dvc("init", "-q", "--no-scm")
    purged = purge(Run("tiny", load_params(ROOT / "params.yaml")), SEARCH)
    assert any(line.startswith("removed .kehu/tmp/") for line in purged.done)
    assert SEARCH.in_files([SCRATCH]) == []
