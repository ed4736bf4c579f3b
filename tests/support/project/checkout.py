"""A small copy of the project in which tests run the real commands: git, make, dvc, servers."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from src.core.files import read_parquet
from tests.support.project.compiled import copy_compiled

PROJECT = Path(__file__).resolve().parents[3]

SMALL = {
    "simulate.customers": 400,
    "simulate.months": 21,
    "features.snapshots.every_months": 2,
    "audit.customers": 12,
    "audit.snapshots": 1,
    "train.trials": 2,
    "train.threads": 1,
    "engine.threads": 1,
    "integrate.threads": 1,
    "train.max_rounds": 40,
    "train.folds": 2,
    "train.test_share": 0.4,
    "train.test_snapshots": 1,
    "evaluate.bootstrap": 100,
    "promote.min_rows": 50,
    "explain.rows": 200,
}


@dataclass(frozen=True)
class Checkout:
    """A clone-like folder with a commit, the project's environment and small parameters."""

    folder: Path
    source: str = "simulated"

    def run(
        self,
        *command: str,
        check: bool = True,
        timeout: int = 1800,
        given: str = "",
        **extra: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the checkout; with check, a failure shows what it printed. timeout: in
        seconds. given: standard input."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment() | extra,
            capture_output=True,
            text=True,
            timeout=timeout,
            input=given,
        )
        if check and done.returncode:
            raise AssertionError(
                f"{' '.join(command)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
            )
        return done

    def killed(self, *command: str, when: Callable[[str], bool]) -> None:
        """Start a command and kill it with all its children at the first line of its output of
        which `when` is true."""
        process = subprocess.Popen(
            command,
            cwd=self.folder,
            env=environment() | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        seen = any(map(when, process.stdout))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
        assert seen, f"{' '.join(command)} ended before it was killed"

    @property
    def data(self) -> Path:
        """The outputs of the source."""
        return self.folder / "data" / self.source

    @property
    def release(self) -> Path:
        """The folder of what is served."""
        pointer = json.loads((self.data / "served.json").read_text("utf-8"))
        return self.data / "releases" / pointer["release"]

    def stage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one stage of the source: its name, and the task if it takes one."""
        name, *more = arguments
        command = ("python", "-m", "src.pipeline.stage", name, self.source, *more)
        return self.run(*command, check=check)

    def scores(self) -> pd.DataFrame:
        """The batch scores of every customer."""
        return read_parquet(self.release / "scores/scores.parquet")

    def set_params(self, **values: object) -> None:
        """Write values into params.yaml; a double underscore stands for a dot."""
        settings = [f"{key.replace('__', '.')}={value}" for key, value in values.items()]
        _write_params(self.folder, settings)

    @contextmanager
    def server(self, *command: str, port: int, path: str) -> Iterator[str]:
        """Start a server, wait until `path` answers, yield its address, stop it."""
        address = f"http://127.0.0.1:{port}"
        log = self.folder.parent / f"{self.folder.name}-server-{port}.log"
        with log.open("w") as stream:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=environment(),
                stdout=stream,
                stderr=stream,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            _wait_until_it_answers(address + path, process, log)
            yield address
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)


def make_checkout(folder: Path) -> Checkout:
    """Copy what git tracks or would track, link the environment, set small parameters, commit."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=PROJECT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, folder / name)
    copy_compiled(PROJECT, folder)
    environment_folder = Path(sys.prefix)
    (folder / ".venv").symlink_to(environment_folder)
    os.utime(folder / "requirements.lock", (0, 0))  # the linked environment is complete already
    checkout = Checkout(folder)
    _write_params(folder, [f"{key}={value}" for key, value in SMALL.items()])
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "A small bank")):
        checkout.run("git", *command)
    return checkout


def environment() -> dict[str, str]:
    """The environment of the commands: the project's tools first, a git identity, no debugging."""
    return {
        **{
            key: value
            for key, value in os.environ.items()
            # sources compiled once in a checkout, not by each of its commands
            if not key.startswith(("PYTEST", "KEHU_B", "PYTHONDONTWRITEBYTECODE"))
        },
        "PATH": f"{Path(sys.prefix) / 'bin'}:{os.environ['PATH']}",
        # one process for the tests' few requests, where MLflow would start a dozen
        "MLFLOW_WORKERS": "1",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "GIT_AUTHOR_NAME": "Test",
        "GIT_AUTHOR_EMAIL": "test@example.invalid",
        "GIT_COMMITTER_NAME": "Test",
        "GIT_COMMITTER_EMAIL": "test@example.invalid",
        # two checkouts of one tree have one commit, as two clones of a repository do
        "GIT_AUTHOR_DATE": "1767225600 +0000",
        "GIT_COMMITTER_DATE": "1767225600 +0000",
        "PYTHONPATH": ".",
        "KEHU_SHARED_DATA": os.environ.get("KEHU_SHARED_DATA", str(PROJECT / "../shared/data")),
    }


def free_port() -> int:
    """A port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _write_params(folder: Path, settings: list[str]) -> None:
    # as `dvc exp run -S` does it, comments and order kept
    from dvc.utils.hydra import apply_overrides

    apply_overrides(folder / "params.yaml", settings)


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(720):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.25)
    raise AssertionError(f"{url} does not answer:\n{log.read_text()}")
