"""Older copies of what the pipeline made: what of them holds an erased customer goes, the rest
stays. DVC's cache, experiments' folders, tracked runs, releases, bundles, what killed runs left."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from src.core.errors import KehuError
from src.core.scratch import folders, sweep
from src.pipeline.releases.republish import remove_releases_with
from src.pipeline.run import Run
from src.privacy.traces import Search

DVC = Path(".dvc")
EXPERIMENTS = DVC / "tmp/exps"
TRACKED = (Path("mlartifacts"), Path("mlruns"))
MLFLOW_VARIABLES = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")
_ENDPOINT = "kehu"  # as BentoML names what is built of src/serving/service.py


@dataclass(frozen=True)
class Purged:
    """done: what was removed, a line each. not_reached: copies that are out of reach."""

    done: list[str]
    not_reached: list[str]


def purge(run: Run, search: Search) -> Purged:
    """Remove every older copy in which `search` finds anything, and what killed runs left.

    What stands now is left alone, whatever is in it. Raises KehuError if DVC fails.
    """
    cache = Path(dvc("cache", "dir")).resolve()
    own_cache = cache.is_relative_to(Path.cwd())
    done = [
        *_leftovers(run),
        *_changes(run, search),
        *(f"removed {path}, a release" for path in remove_releases_with(run, search)),
        *(_cached(cache, search) if own_cache else []),
        *(f"removed {path}" for path in _files_with(search, [EXPERIMENTS, *TRACKED])),
        *_bentos(search),
    ]
    outside = [] if own_cache else [f"DVC's cache {cache}, which lies outside of the project"]
    return Purged(done, [*outside, *_remotes(), *_mlflow_elsewhere(), *_at_work()])


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


def _leftovers(run: Run) -> list[str]:
    """What killed runs left beside the outputs, and in the folder of temporary ones."""
    left = sorted(run.paths.folder.rglob("*.part"))
    for path in left:
        _remove(path)
    return [f"removed {path}, which a killed run left" for path in [*left, *sweep()]]


def _changes(run: Run, search: Search) -> list[str]:
    """Reports on customers that no stage makes anew."""
    tasks = sorted(run.paths.changes.iterdir()) if run.paths.changes.is_dir() else []
    stale = [path for path in tasks if search.in_files([path])]
    for path in stale:
        _remove(path)
    return [f"removed {path}; `kehu changes` makes it anew" for path in stale]


def _cached(cache: Path, search: Search) -> list[str]:
    """Objects of DVC's cache. What the run cache says of them stays: DVC runs a stage whose outputs
    it no longer has."""
    objects = _files_with(search, [cache])
    if not objects:
        return []
    return [
        f"removed {len(objects):,} files of DVC's cache that held them and left all others; a "
        "checkout of an older commit lacks these files"
    ]


def _files_with(search: Search, folders: Iterable[Path]) -> list[str]:
    """Remove the files in which anything is found; which these were."""
    found = sorted({trace.file for trace in search.in_files(folders)})
    for name in found:
        Path(name).unlink()
    return found


def _bentos(search: Search) -> list[str]:
    """Built bundles of the endpoint that hold a customer; what is built anew does not."""
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


def _remotes() -> list[str]:
    names = [line.split()[0] for line in dvc("remote", "list").splitlines()]
    return [f"DVC's remotes {', '.join(names)}: what was pushed there"] if names else []


def _mlflow_elsewhere() -> list[str]:
    named = [name for name in MLFLOW_VARIABLES if os.environ.get(name)]
    return [f"the MLflow store that {' and '.join(named)} names"] if named else []


def _at_work() -> list[str]:
    return [f"{path}, the temporary folder of a command that runs now" for path in folders()]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
