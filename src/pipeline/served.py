"""What is served: one bundle per task, the store of the endpoint and the manifest."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from src.core.errors import KehuError
from src.core.files import digest, read_json, read_parquet, replacing_folder, write_json
from src.core.params import Params
from src.models.bundle import load_bundle
from src.models.served_features import with_features
from src.pipeline import paths
from src.pipeline.ledger import the_ledger
from src.pipeline.provenance import git_revision
from src.serving.scorer import MANIFEST
from src.serving.store import FOLDER, latest_rows, write_store


@dataclass(frozen=True)
class Served:
    """A folder that is served and its manifest."""

    folder: Path
    manifest: Mapping[str, Any]


def open_served(folder: Path) -> Served | str:
    """What is served, or why nothing is. Bundles are not read yet."""
    path = folder / MANIFEST
    if not path.is_file():
        return "no model was served before"
    try:
        return Served(folder, read_json(path))
    except KehuError as error:
        return f"the manifest of what was served can't be read ({error})"


def reference_file(folder: Path, task: str) -> Path:
    """Where the training window of a served model stands, beside its bundle."""
    return folder / "reference" / f"{task}.json"


def write_served(
    entries: Mapping[str, Mapping[str, Any]],
    folders: Mapping[str, Path],
    references: Mapping[str, Path],
    unsupported: Mapping[str, str],
    params: Params,
) -> None:
    """Write data/bundle anew, aside and then renamed.

    entries: the manifest's, per task. folders: of the bundles, references: what their training
    windows looked like; both are copied byte for byte, and may lie in data/bundle itself. The store
    has every feature that a bundle needs, also of a champion from before the catalogue changed.
    """
    with replacing_folder(paths.BUNDLE) as folder:
        specs = []
        for task, bundle in folders.items():
            shutil.copytree(bundle, folder / task)
            specs.append(load_bundle(folder / task).spec)
            reference_file(folder, task).parent.mkdir(exist_ok=True)
            shutil.copyfile(references[task], reference_file(folder, task))
        features: pd.DataFrame = read_parquet(paths.FEATURES / "features.parquet")
        latest = with_features(latest_rows(features), specs, partial(the_ledger, params))
        write_store(paths.LEDGER, latest, folder / FOLDER)
        manifest = {
            "source": params.source,
            "base_currency": read_json(paths.LEDGER / "integration.json")["base_currency"],
            "taxonomy": digest(params.taxonomy),
            "tasks": entries,
            "unsupported": unsupported,
            "git_revision": git_revision(),
        }
        write_json(folder / MANIFEST, manifest)
