"""What an earlier champion was grown with, for the next search to begin with."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from src.core.errors import ModelError
from src.core.progress import say
from src.models.boosted import LightGBM
from src.models.bundle import load_bundle


def champion_recipe(folder: Path, task: str) -> Mapping[str, Any]:
    """The searched values of the served bundle in `folder` and its version; empty if there is no
    bundle, if it is of another task or no boosted model, or if it can't be read."""
    if not folder.is_dir():
        return {}
    try:
        bundle = load_bundle(folder)
    except ModelError as error:
        say("train", f"{task}: the search begins without the last champion: {error}")
        return {}
    if bundle.task != task or bundle.predictor.kind != LightGBM.kind:
        return {}
    growth = dict(bundle.card.get("growth", {}))
    found = {"features": len(bundle.spec.names), "form": bundle.form, "version": bundle.version}
    return growth | found
