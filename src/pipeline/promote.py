"""Stage promote: the winner against the champion, what is served, and both in MLflow."""

from src.core.threads import quiet_threads

if __name__ == "__main__":
    quiet_threads()  # before LightGBM is imported below

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from src.core.errors import run_command
from src.core.params import Params, load_params
from src.core.progress import say, step
from src.core.schemas import TASKS
from src.explain.pictures import write_pictures
from src.models.bundle import load_bundle
from src.models.candidates import candidate_folder
from src.models.evaluate import MODEL
from src.models.mlflow_store import open_registry
from src.models.promotion_log import Entry, append_once
from src.models.tracking import Record, flat_figures, record_version
from src.pipeline import paths
from src.pipeline.contest import Contest, ServedOn, hold_contest, serve_on
from src.pipeline.provenance import data_hashes, git_revision
from src.pipeline.references import write_references
from src.pipeline.served import open_served, reference_file, write_served
from src.pipeline.tasks import why_unsupported


def main() -> None:
    """Decide, write the registry, then what is served; if either fails both are as they were."""
    params = load_params()
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
        entries = {contest.task: contest.entry for contest in contests}
        entries |= {each.task: dict(each.entry) for each in kept}
        folders = {contest.task: contest.served_folder for contest in contests}
        folders |= {each.task: paths.BUNDLE / each.task for each in kept}
        with open_registry() as registry:
            made = [record_version(registry, record) for record in records]
            with step("promote", "what is served"):
                write_served(entries, folders, references, unsupported, params)
            for contest, version in zip(contests, made, strict=True):
                decision = contest.decision
                verdict = "promoted" if decision.promoted else "refused"
                registry.describe(version, verdict, decision.reason)
                served = version
                if contest.champion and not decision.promoted:
                    served = record_version(registry, _served_record(contest, params))
                registry.set_champion(served)
    for contest in contests:
        _note(contest)


def _note(contest: Contest) -> None:
    """Add the decision to the log, unless it stays with the model that was served."""
    decision, champion = contest.decision, contest.champion
    if decision.rule != "same model":
        append_once(
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
    task, evaluation = contest.task, contest.evaluation
    report = (paths.REPORTS / f"{task}.html").read_text(encoding="utf-8")
    (folder / task).mkdir()
    pictures = write_pictures(report, folder / task)
    card = load_bundle(candidate_folder(paths.MODELS / task, MODEL)).card
    hashes = data_hashes(paths.FEATURES / "features.parquet", paths.LABELS / f"{task}.parquet")
    gates = {f"{g['candidate']}.gate.{g['name']}": g["value"] for g in evaluation["gates"]}
    return Record(
        source=params.source,
        task=task,
        version=contest.challenger.version,
        winner=evaluation["served"],
        reason=evaluation["reason"],
        bundle=contest.folder,
        reference=reference if contest.decision.promoted else None,
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


def _served_record(contest: Contest, params: Params) -> Record:
    """Of the champion that is served on, in case the registry has lost it."""
    entry = contest.champion_entry
    return Record(
        source=params.source,
        task=contest.task,
        version=entry["version"],
        winner=entry["winner"],
        reason=entry["reason"],
        bundle=contest.served_folder,
        reference=reference_file(paths.BUNDLE, contest.task),
    )


if __name__ == "__main__":
    run_command(main)
