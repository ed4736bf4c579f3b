"""Stage candidate: what this run would serve, for `kehu promote` to decide on, and its summary."""

from pathlib import Path
from typing import Any

from src.core.files import read_json, replacing_file, replacing_folder, write_json
from src.core.progress import step
from src.core.schemas import TASKS
from src.core.scratch import scratch_folder
from src.models.bundle import load_bundle
from src.models.candidates import candidate_folder
from src.pipeline.paths import WORDINGS
from src.pipeline.releases.compose import STAGE, Part, compose, entry_of, write_reference
from src.pipeline.run import Run
from src.reports.overview.index import index_page
from src.reports.texts import load_texts


def main(run: Run) -> None:
    """Write the candidate release, the index of its reports and summary.json."""
    unsupported = {task: why for task in TASKS if (why := run.why_unsupported(task))}
    metrics = {
        task: read_json(run.paths.evaluation / task / "evaluation.json")
        for task in TASKS
        if task not in unsupported
    }
    with scratch_folder(STAGE) as references:
        with step(STAGE, "training windows of the winners"):
            parts = {
                task: _winner(run, task, found, references / f"{task}.json")
                for task, found in metrics.items()
            }
        with replacing_folder(run.paths.candidate) as folder:
            compose(run, parts, unsupported, folder)
    page = index_page(metrics, unsupported, run.source, load_texts(WORDINGS))
    with replacing_file(run.paths.candidate_reports / "index.html") as aside:
        aside.write_text(page, encoding="utf-8")
    write_json(run.paths.summary, {"metrics": metrics, "unsupported": unsupported})


def _winner(run: Run, task: str, found: dict[str, Any], reference: Path) -> Part:
    """The candidate that won the task's comparison in this run."""
    winner = found["served"]
    folder = candidate_folder(run.paths.models / task, winner)
    bundle = load_bundle(folder)
    figures = {name: figure["value"] for name, figure in found["candidates"][winner].items()}
    write_reference(run, bundle, figures, reference)
    return Part(folder, reference, entry_of(bundle, winner, found["reason"]))
