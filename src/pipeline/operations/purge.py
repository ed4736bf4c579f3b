"""Older copies of what the pipeline made: DVC's cache, tracked runs, what killed runs left."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from src.core.errors import KehuError
from src.core.scratch import folders, sweep
from src.pipeline import paths
from src.privacy.traces import Search

DVC = Path(".dvc")
TRACKED = (Path("mlartifacts"), Path("mlruns"))
_ENDPOINT = "kehu"  # as BentoML names what is built of src/serving/service.py


def purge(search: Search) -> list[str]:
    """Remove every copy of outputs that are no longer the workspace's. Returns what was done and
    what was not, a line each. search: tracked files in which it finds anything go as well."""
    return [
        *_leftovers(),
        *_made_on_demand(),
        *_dvc_cache(),
        *_tracked_files(search),
        *_bentos(search),
    ]


def bentos() -> Path:
    """Where BentoML keeps the bundles of the endpoint that were built here."""
    home = Path(os.environ.get("BENTOML_HOME") or "~/bentoml").expanduser()
    return home / "bentos" / _ENDPOINT


def dvc(*arguments: str) -> str:
    """Run DVC here and return what it printed. Raises KehuError if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise KehuError(
            f"`dvc {' '.join(arguments)}` failed: {said[-1] if said else 'no message'} "
            "Mend that and run the same command again."
        )
    return done.stdout.strip()


def _leftovers() -> list[str]:
    """What killed runs left beside the outputs, and in the folder of temporary ones."""
    done = []
    for left in sorted(paths.DATA.rglob("*.part")):
        _remove(left)
        done.append(f"removed {left}")
    done += [f"removed {left}" for left in sweep()]
    done += [f"NOT removed: {left}, of a command that runs now" for left in folders()]
    return done


def _made_on_demand() -> list[str]:
    """Reports on customers that no stage makes anew."""
    if not paths.CHANGES.exists():
        return []
    _remove(paths.CHANGES)
    return [f"removed {paths.CHANGES}; `kehu changes` makes it anew"]


def _dvc_cache() -> list[str]:
    """Everything that no output of the workspace is, the run cache and experiments' folders."""
    cache = Path(dvc("cache", "dir")).resolve()
    done = []
    for copies in (cache / "runs", DVC / "tmp" / "exps"):
        if copies.is_relative_to(Path.cwd()) or not copies.is_absolute():
            _remove(copies)
    if not cache.is_relative_to(Path.cwd()):
        return [f"NOT purged: DVC's cache {cache}, which lies outside of the project"]
    dvc("gc", "--workspace", "--force", "--quiet")
    done.append("purged DVC's cache of all but the present outputs, and its run cache")
    remotes = dvc("remote", "list")
    if remotes:
        names = ", ".join(line.split()[0] for line in remotes.splitlines())
        done.append(f"NOT purged: DVC's remotes {names}; see `dvc gc --workspace --cloud`")
    return done


def _tracked_files(search: Search) -> list[str]:
    """Runs keep models, figures and reports without customers; a file that has one goes."""
    found = sorted({trace.file for trace in search.in_files(TRACKED)})
    for name in found:
        Path(name).unlink()
    return [f"removed {name}" for name in found]


def _bentos(search: Search) -> list[str]:
    """Built bundles of the endpoint that hold the person; what is built anew does not."""
    stale = {
        Path(trace.file).relative_to(bentos()).parts[0] for trace in search.in_files([bentos()])
    }
    for version in stale:
        _remove(bentos() / version)
        if (latest := bentos() / "latest").is_file() and latest.read_text().strip() == version:
            _remove(latest)
    return [
        f"removed BentoML's bundle {_ENDPOINT}:{version}; build it anew"
        for version in sorted(stale)
    ]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
