"""Each task's challenger, of the candidate release, against the champion that is served."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from src.core.files import read_json, read_parquet
from src.features.spec import load_spec
from src.models.bundle import Bundle, load_bundle
from src.models.candidates import read_predictions
from src.models.comparison import Comparison, compare, why_unlike
from src.models.promotion import Decision, decide_promotion
from src.models.promotion_log import taken_back
from src.models.releases.release import Release
from src.models.rows import KEYS
from src.models.served_features import with_features
from src.pipeline.releases.compose import Part
from src.pipeline.run import Run


@dataclass(frozen=True)
class Contest:
    """What was decided of a task. challenger: None where no model could be trained. part: what the
    next release holds of the task."""

    task: str
    evaluation: Mapping[str, Any]
    challenger: Bundle | None
    champion: Bundle | None
    decision: Decision
    part: Part

    @property
    def said(self) -> str:
        """For whoever gave the command."""
        if self.challenger is None:
            return f"{self.task}: the champion is served on. {self.decision.reason}"
        verdict = "promoted" if self.decision.promoted else "not promoted, the champion stays"
        won = f"{self.evaluation['reason']} {self.evaluation['served']} {self.challenger.version}"
        return f"{self.task}: {won} is {verdict}. {self.decision.reason}"

    @property
    def figures(self) -> dict[str, float]:
        """The comparison's figures, for MLflow."""
        found = self.decision.comparison
        if found is None:
            return {}
        ends = {f"ahead_of_champion.{end}": value for end, value in found.gain.items()}
        known = {name: value for name, value in ends.items() if value is not None}
        return known | {"ahead_of_champion.rows": float(found.rows)}


def hold_contests(run: Run, candidate: Release, served: Release | None) -> list[Contest]:
    """The contest of every task that the candidate or, without a challenger, the served release
    can answer. Nothing is changed by it."""
    contests = [_contest(run, task, candidate, served) for task in candidate.tasks]
    if served is None:
        return contests
    left = [task for task in served.tasks if task not in candidate.tasks]
    return contests + [found for task in left if (found := _served_on(run, task, served))]


def _contest(run: Run, task: str, candidate: Release, served: Release | None) -> Contest:
    evaluation = read_json(run.paths.evaluation / task / "evaluation.json")
    winner = candidate.tasks[task]["winner"]
    challenger = load_bundle(candidate.bundle(task))
    champion, why_none = None, "no model was served before"
    if served and task in served.tasks:
        champion = load_bundle(served.bundle(task))
    elif served:
        why_none = "no model of the task was served before"

    def compared() -> Comparison:
        assert champion is not None  # else there is nothing to decide by a comparison
        return _compared(run, task, champion, winner)

    decision = decide_promotion(
        challenger,
        [gate for gate in evaluation["gates"] if gate["candidate"] == winner],
        champion,
        why_none,
        why_unlike(champion, challenger.classes, load_spec(run.paths.spec)) if champion else "",
        taken_back(run.paths.log, task),
        compared,
        run.params.promote,
    )
    holder = candidate if decision.promoted or served is None else served
    return Contest(task, evaluation, challenger, champion, decision, part_of(holder, task))


def _served_on(run: Run, task: str, served: Release) -> Contest | None:
    """The champion of a task whose labels of this run carry no model; None if it can't answer what
    is asked today, or the source's mapping declares the task unsupported."""
    if task in read_json(run.paths.ledger / "integration.json")["unsupported"]:
        return None
    champion = load_bundle(served.bundle(task))
    if why_unlike(champion, run.taxonomy.classes(task), load_spec(run.paths.spec)):
        return None
    why = f"No model could be trained: {run.why_unsupported(task)}"
    decision = Decision(False, "not trained", why)
    return Contest(task, {}, None, champion, decision, part_of(served, task))


def part_of(release: Release, task: str) -> Part:
    """A task of a release, for another one."""
    return Part(release.bundle(task), release.reference(task), release.tasks[task])


def _compared(run: Run, task: str, champion: Bundle, winner: str) -> Comparison:
    rows, probabilities = read_predictions(run.paths.models / task, champion.classes)
    arrivals = read_parquet(run.paths.labels / f"{task}.parquet", [*KEYS, "arrival"])
    judged = rows.merge(arrivals, on=KEYS, how="left", validate="1:1")
    judged = judged.merge(run.features(), on=KEYS, how="left", validate="1:1")
    judged = with_features(judged, [champion.spec], run.ledger)
    params = run.params
    return compare(
        champion,
        judged,
        probabilities[winner],
        params.evaluate,
        params.seed,
        params.promote.min_rows,
    )
