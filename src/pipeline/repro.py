"""`dvc repro` of a source: the pipeline of the simulated bank is dvc.yaml, of another one a copy.

The copy, data/<source>/dvc.yaml, has the same stages with another source; it is made anew from
dvc.yaml at each run. So each source has a lock file, outputs and a release of its own, and running
one leaves all others as they are.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from src.core.config import read_yaml
from src.core.errors import KehuError
from src.core.files import replacing_file
from src.pipeline.deliveries.inputs import key_of, mapping_of
from src.pipeline.run import Run
from src.privacy.key import fingerprint
from src.sources.collect import originals

PIPELINE = Path("dvc.yaml")
_TOP = Path("../..")
_HEAD = "# Made by `kehu run --source {source}` from dvc.yaml; change that one.\n"


def reproduce(run: Run) -> None:
    """Bring the source's outputs up to date. Raises KehuError if a stage fails."""
    path = pipeline_of(run)
    command = [sys.executable, "-m", "dvc", "repro", str(path)]
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise KehuError(
            f"`dvc repro {path}` ended with status {done.returncode}. What is served is unchanged. "
            "Mend what it says above and run the same command again: finished stages are kept."
        )


def pipeline_of(run: Run) -> Path:
    """The source's dvc.yaml, which is written where it isn't the project's own."""
    content = read_yaml(PIPELINE)
    if content["vars"][0]["source"] == run.source:
        return PIPELINE
    path = run.paths.folder / PIPELINE
    text = _HEAD.format(source=run.source) + yaml.safe_dump(
        pipeline_for(run, content), sort_keys=False, allow_unicode=True, width=100
    )
    if not path.is_file() or path.read_text("utf-8") != text:
        with replacing_file(path) as aside:
            aside.write_text(text, encoding="utf-8")
    return path


def pipeline_for(run: Run, content: Mapping[str, Any]) -> dict[str, Any]:
    """dvc.yaml's content for another source: its name, its key's fingerprint, and its originals
    as a dependency if they lie outside of the project's data/incoming."""
    own, *others = content["vars"]
    named = own | {"source": run.source, "key": fingerprint(key_of(run))}
    files = [name if isinstance(name, dict) else f"{_TOP / name}" for name in others]
    stages = {name: _in_top_folder(stage) for name, stage in content["stages"].items()}
    where = originals(mapping_of(run), run.paths.incoming)
    if where and where != run.paths.incoming:
        stages["collect"]["deps"].append(os.path.relpath(where))
    return {"vars": [named, *files], "stages": stages}


def _in_top_folder(stage: Mapping[str, Any]) -> dict[str, Any]:
    """The stage, run from the project's top folder: paths mean there what they mean in dvc.yaml."""
    if "do" in stage:
        return {**stage, "do": _in_top_folder(stage["do"])}
    return {"wdir": str(_TOP), **stage, "deps": [*stage["deps"]]}
