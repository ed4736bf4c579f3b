"""A challenger as a version in MLflow, and its report kept under its version."""

from collections.abc import Sequence
from pathlib import Path

from src.core.files import replacing_file
from src.core.scratch import scratch_folder
from src.models.bundle import Bundle
from src.models.mlflow_store import open_registry
from src.models.tracking import Record, flat_figures, record_version
from src.pipeline.provenance import data_hashes, run_facts
from src.pipeline.releases.contest import Contest
from src.pipeline.run import Run
from src.reports.document.pictures import write_pictures


def register(run: Run, contests: Sequence[Contest]) -> None:
    """Log each challenger that MLflow doesn't have yet as a run and a version, without an alias."""
    with open_registry() as registry, scratch_folder("promote") as folder:
        for contest in contests:
            if contest.challenger is not None:
                record_version(registry, _record(run, contest, contest.challenger, folder))


def keep_report(run: Run, contest: Contest) -> None:
    """Keep the candidate's report under its version; `agree` tells in it what became of it."""
    if contest.challenger is None:
        return
    path = report_of(run, contest.task, contest.challenger.version)
    if not path.exists():
        report = (run.paths.candidate_reports / f"{contest.task}.html").read_text("utf-8")
        with replacing_file(path) as aside:
            aside.write_text(report, encoding="utf-8")


def report_of(run: Run, task: str, version: str) -> Path:
    """Where the report of a version that was decided on stands."""
    return run.paths.reports / "versions" / f"{task}-{version}.html"


def _record(run: Run, contest: Contest, challenger: Bundle, folder: Path) -> Record:
    task, evaluation, where = contest.task, contest.evaluation, run.paths
    report = where.candidate_reports / f"{task}.html"
    (folder / task).mkdir()
    pictures = write_pictures(report.read_text("utf-8"), folder / task)
    gates = {f"{g['candidate']}.gate.{g['name']}": g["value"] for g in evaluation["gates"]}
    hashes = data_hashes(where.features / "features.parquet", where.labels / f"{task}.parquet")
    candidate = where.candidate
    return Record(
        source=run.source,
        task=task,
        winner=evaluation["served"],
        reason=evaluation["reason"],
        bundle=candidate / task,
        version=challenger.version,
        reference=candidate / "reference" / f"{task}.json",
        parameters={
            "source": run.source,
            "seed": run.params.seed,
            **run.params.train.model_dump(),
            **challenger.card.get("growth", {}),
        },
        figures=flat_figures(evaluation) | gates | contest.figures,
        tags={
            "fingerprint": challenger.fingerprint,
            **run_facts(run.paths.runs, task, challenger.version),
            **{f"md5 {path}": digest for path, digest in hashes.items()},
        },
        files=[
            *sorted(path for path in (where.evaluation / task).iterdir()),
            where.models / task / "trials.csv",
            report,
            *pictures,
        ],
    )
