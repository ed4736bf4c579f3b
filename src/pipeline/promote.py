"""Stage promote: bundle what is served, and track it in MLflow under the alias champion."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from src.core.errors import run_command
from src.core.files import digest, read_json, read_parquet, replacing_folder, write_json
from src.core.params import Params, load_params
from src.core.progress import say, step
from src.core.schemas import TASKS
from src.explain.pictures import write_pictures
from src.models.bundle import load_bundle
from src.models.candidates import candidate_folder
from src.models.evaluate import MODEL
from src.models.tracking import Record, flat_figures, track
from src.pipeline import paths
from src.pipeline.provenance import data_hashes, git_revision
from src.pipeline.tasks import why_unsupported
from src.serving.store import FOLDER, write_store


def main() -> None:
    """Copy the winners, write the served store and the manifest, then move the champions."""
    params = load_params()
    integration = read_json(paths.LEDGER / "integration.json")
    tasks = [task for task in TASKS if not why_unsupported(task)]
    with replacing_folder(paths.BUNDLE) as folder:
        served = {task: _bundle(task, folder / task) for task in tasks}
        features: pd.DataFrame = read_parquet(paths.FEATURES / "features.parquet")
        write_store(paths.LEDGER, features, folder / FOLDER)
        manifest = {
            "source": params.source,
            "base_currency": integration["base_currency"],
            "taxonomy": digest(params.taxonomy),
            "tasks": served,
            "unsupported": {t: why_unsupported(t) for t in TASKS if t not in tasks},
            "git_revision": git_revision(),
        }
        write_json(folder / "manifest.json", manifest)
    for task in tasks:
        with step("promote", f"{task}: {served[task]['winner']} into MLflow"):
            _track(task, params)


def _bundle(task: str, folder: Path) -> dict[str, Any]:
    """Copy the served candidate of a task; its entry in the manifest."""
    evaluation = read_json(paths.EVALUATION / task / "evaluation.json")
    winner, reason = evaluation["served"], evaluation["reason"]
    shutil.copytree(candidate_folder(paths.MODELS / task, winner), folder)
    say("promote", f"{task}: {reason}")
    version = load_bundle(folder).version
    return {"version": version, "winner": winner, "reason": reason}


def _track(task: str, params: Params) -> None:
    report = (paths.REPORTS / f"{task}.html").read_text(encoding="utf-8")
    with TemporaryDirectory() as folder:
        pictures = write_pictures(report, Path(folder))
        track(_record(task, params, pictures))


def _record(task: str, params: Params, pictures: list[Path]) -> Record:
    evaluation = read_json(paths.EVALUATION / task / "evaluation.json")
    served = load_bundle(paths.BUNDLE / task)
    card = load_bundle(candidate_folder(paths.MODELS / task, MODEL)).card
    hashes = data_hashes(paths.FEATURES / "features.parquet", paths.LABELS / f"{task}.parquet")
    return Record(
        task=task,
        version=served.version,
        winner=evaluation["served"],
        reason=evaluation["reason"],
        bundle=paths.BUNDLE / task,
        parameters={
            "source": params.source,
            "seed": params.seed,
            **params.train.model_dump(),
            **card["growth"],
            "rounds": card["rounds"],
        },
        figures=flat_figures(evaluation)
        | {f"{g['candidate']}.gate.{g['name']}": g["value"] for g in evaluation["gates"]},
        tags={"git_revision": git_revision(), **{f"md5 {k}": v for k, v in hashes.items()}},
        files=[
            *sorted((paths.EVALUATION / task).iterdir()),
            paths.MODELS / task / "trials.csv",
            paths.REPORTS / f"{task}.html",
            *pictures,
        ],
    )


if __name__ == "__main__":
    run_command(main)
