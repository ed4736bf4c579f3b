"""Threads that wait sleep: set by who starts a command, never by an import."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
COMMANDS = {
    "src.pipeline.stage": ("train", "simulated", "churn"),
    "src.cli.start.kehu": ("promote",),
}


def told(code: str, **environment: str) -> str:
    clean = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=clean | environment,
    )
    return done.stdout.strip().splitlines()[-1]


def test_an_import_sets_no_environment_variable():
    code = (
        "import os; before = dict(os.environ); import pkgutil, importlib, src.models as m;"
        "[importlib.import_module(f'src.models.{x.name}') for x in pkgutil.iter_modules(m.__path__)"
        " if x.name != 'monitor'];"
        "print({k for k in os.environ if os.environ[k] != before.get(k)} & {'OMP_WAIT_POLICY'})"
    )
    assert told(code) == "set()"


@pytest.mark.parametrize("module", COMMANDS)
def test_a_command_sets_the_policy_before_lightgbm_is_loaded(module):
    # what it does once LightGBM is asked for is of no interest here
    code = f"""
import os, runpy, sys
class Watch:
    def find_spec(self, name, *_):
        if name == "lightgbm":
            print("at lightgbm:", os.environ.get("OMP_WAIT_POLICY"))
            sys.stdout.flush()
            os._exit(0)
sys.meta_path.insert(0, Watch())
sys.argv = ["x", *{COMMANDS[module]}]
runpy.run_module("{module}", run_name="__main__")
"""
    assert told(code) == "at lightgbm: PASSIVE"
    assert told(code, OMP_WAIT_POLICY="ACTIVE") == "at lightgbm: ACTIVE"
