"""What a run tells at its end: figures, what is served or waits, where things are, what is next."""

from dataclasses import dataclass
from typing import Any, Literal

from src.core.files import read_json
from src.models.releases.release import served_release
from src.pipeline.releases.promote import compared, open_candidate, promote
from src.pipeline.run import Run
from src.reports.overview.summary import summary_table


@dataclass(frozen=True)
class Conclusion:
    """state: the candidate was served first, is what is served, or waits for a decision.
    said: of each task what was decided, or would be."""

    source: str
    state: Literal["served first", "same", "waiting"]
    candidate: str
    served: str
    said: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "source": self.source,
            "state": self.state,
            "candidate": self.candidate,
            "served": self.served,
            "tasks": self.said,
        }


def conclude(run: Run) -> Conclusion:
    """Promote the candidate where nothing is served yet; else tell how it compares."""
    candidate = open_candidate(run).digest
    served = served_release(run.paths.pointer, run.paths.releases)
    if served is None:
        done = promote(run)
        said = {contest.task: contest.said for contest in done.contests}
        return Conclusion(run.source, "served first", candidate, done.release, said)
    name = served[0].digest
    if name == candidate:
        return Conclusion(run.source, "same", candidate, name, {})
    said = {contest.task: contest.said for contest in compared(run)}
    return Conclusion(run.source, "waiting", candidate, name, said)


def told(run: Run, found: Conclusion) -> str:
    """The conclusion with the run's figures, for a terminal."""
    heads = {
        "served first": "Nothing was served yet: this run's candidate is served now.",
        "same": "This run's candidate is what is served.",
        "waiting": "A candidate is waiting; what is served is unchanged. "
        "`kehu promote` would decide:",
    }
    lines = [f"  {one}" for one in found.said.values()] if found.state == "waiting" else []
    where = run.paths
    option = "" if run.source == "simulated" else f" --source {run.source}"
    places = [
        ("Served", f"{where.releases / found.served} (reports: {where.reports}/index.html)"),
        ("Candidate", f"{where.candidate} (reports: {where.candidate_reports}/index.html)"),
        ("Scores", f"{where.releases / found.served}/scores/scores.parquet"),
        ("Ledger", f"{where.ledger}/integration.json (rows in, out and rejected)"),
        ("Next", f"kehu serve{option} · kehu promote{option} · dvc plots show · mlflow ui"),
    ]
    table = summary_table(**read_json(where.summary))
    return "\n".join(
        [table, heads[found.state], *lines, "", *(f"{name:10} {what}" for name, what in places)]
    )
