"""Stage promote: the winner against the champion, what is served, and both in MLflow."""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from src.core.errors import run_command
from src.core.params import Params, load_params
from src.core.progress import say, step
from src.core.schemas import TASKS
from src.explain.pictures import write_pictures
from src.models.bundle import load_bundle
from src.models.candidates import candidate_folder
from src.models.evaluate import MODEL
from src.models.promotion_log import Entry, append
from src.models.tracking import Kept, Record, flat_figures, tracked
from src.pipeline import paths
from src.pipeline.contest import Contest, ServedOn, hold_contest, serve_on
from src.pipeline.provenance import data_hashes, git_revision
from src.pipeline.references import write_references
from src.pipeline.select import selected
from src.pipeline.served import open_served, write_served
from src.pipeline.tasks import why_unsupported


def main() -> None:
    """Promote what the stages before it made of the source of params.yaml."""
    promote(load_params().source)


def promote(source: str) -> dict[str, Any]:
    """Decide, write the registry, then what is served; if either fails both are as they were.

    Returns the decision of each task.
    """
    params = selected(source)
    before = open_served(paths.BUNDLE)
    contests: list[Contest] = []
    kept: list[ServedOn] = []
    unsupported: dict[str, str] = {}
    for task in TASKS:
        if why := why_unsupported(task):
            if champion := serve_on(task, before, why, params):
                kept.append(champion)
                say("promote", f"{task}: the champion is served on. No model was trained: {why}")
            else:
                unsupported[task] = why
            continue
        with step("promote", f"{task}: challenger and champion"):
            contests.append(hold_contest(task, before, params))
        say("promote", f"{task}: {contests[-1].said}")
    with TemporaryDirectory() as folder:
        references = write_references(contests, kept, Path(folder), params)
        records = [
            _record(contest, references[contest.task], params, Path(folder)) for contest in contests
        ]
        with tracked(records), step("promote", "what is served"):
            entries = {contest.task: contest.entry for contest in contests}
            entries |= {each.task: dict(each.entry) for each in kept}
            folders = {contest.task: contest.served_folder for contest in contests}
            folders |= {each.task: paths.BUNDLE / each.task for each in kept}
            write_served(entries, folders, references, unsupported, params)
    for contest in contests:
        _note(contest)
    return {contest.task: contest.decision.to_json() for contest in contests}


def _note(contest: Contest) -> None:
    """Add the decision to the log, unless it stays with the model that was served."""
    decision, champion = contest.decision, contest.champion
    if decision.rule != "same model":
        append(
            paths.PROMOTIONS,
            Entry(
                at=datetime.now(UTC).isoformat(timespec="seconds"),
                task=contest.task,
                event="promoted" if decision.promoted else "refused",
                reason=decision.reason,
                version=contest.challenger.version,
                fingerprint=contest.challenger.fingerprint,
                champion=champion.version if champion else "",
                champion_fingerprint=champion.fingerprint if champion else "",
                decision=decision.to_json(),
            ),
        )


def _record(contest: Contest, reference: Path, params: Params, folder: Path) -> Record:
    task, evaluation, champion = contest.task, contest.evaluation, contest.champion
    kept = None
    if champion and not contest.decision.promoted:
        kept = Kept(contest.served_folder, champion.version)
    report = (paths.REPORTS / f"{task}.html").read_text(encoding="utf-8")
    (folder / task).mkdir()
    pictures = write_pictures(report, folder / task)
    card = load_bundle(candidate_folder(paths.MODELS / task, MODEL)).card
    hashes = data_hashes(paths.FEATURES / "features.parquet", paths.LABELS / f"{task}.parquet")
    gates = {f"{g['candidate']}.gate.{g['name']}": g["value"] for g in evaluation["gates"]}
    return Record(
        task=task,
        version=contest.challenger.version,
        winner=evaluation["served"],
        reason=evaluation["reason"],
        why=contest.decision.reason,
        champion=kept,
        bundle=contest.folder,
        reference=None if kept else reference,
        parameters={
            "source": params.source,
            "seed": params.seed,
            **params.train.model_dump(),
            **card["growth"],
            "rounds": card["rounds"],
        },
        figures=flat_figures(evaluation) | gates | contest.figures,
        tags={
            "git_revision": git_revision(),
            "fingerprint": contest.challenger.fingerprint,
            **{f"md5 {path}": digest for path, digest in hashes.items()},
        },
        files=[
            *sorted((paths.EVALUATION / task).iterdir()),
            paths.MODELS / task / "trials.csv",
            paths.REPORTS / f"{task}.html",
            *pictures,
        ],
    )


if __name__ == "__main__":
    run_command(main)
