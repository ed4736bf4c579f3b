"""`kehu promote`: the contest of a candidate release against what is served, and its publication.

The pointer is the one commit point. Until it moves nothing that is served changes: versions are
registered without the alias, the release's folder lies beside the served one. After it moved,
alias, log and reports are made to agree with it, by this command or by the next one.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from src.core.files import exclusive, replacing_folder
from src.core.progress import say, step
from src.models.promotion_log import Entry, is_told
from src.models.releases.pointer import Pointer, move_pointer, read_pointer
from src.models.releases.release import Release, open_release, publish, served_release
from src.pipeline.releases.agree import agree
from src.pipeline.releases.compose import compose, link_release
from src.pipeline.releases.contest import Contest, hold_contests
from src.pipeline.releases.versions import keep_report, register
from src.pipeline.run import Run

STAGE = "promote"


@dataclass(frozen=True)
class Outcome:
    """What `kehu promote` came to. changed: whether another release is served than before."""

    source: str
    release: str
    changed: bool
    contests: Sequence[Contest]

    @property
    def told(self) -> str:
        """What is served now, in a sentence."""
        how = "is served now" if self.changed else "is served as before"
        return f"{self.source}: release {self.release} {how}."

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        tasks = {c.task: {"said": c.said, **c.decision.to_json()} for c in self.contests}
        return {
            "source": self.source,
            "release": self.release,
            "changed": self.changed,
            "tasks": tasks,
        }


def compared(run: Run) -> list[Contest]:
    """The contests that `promote` would hold now, without any effect."""
    served = served_release(run.paths.pointer, run.paths.releases)
    return hold_contests(run, open_candidate(run), served[0] if served else None)


def open_candidate(run: Run) -> Release:
    """What the last run made. Raises KehuError if it is missing or damaged."""
    return open_release(run.paths.candidate, f"Run `kehu run --source {run.source}` to make it.")


def promote(run: Run) -> Outcome:
    """Decide on every task, publish a release, move the pointer, make the rest agree.

    A second call with the same candidate changes nothing. Raises KehuError if the candidate or
    what is served is missing or damaged, ModelError if MLflow's store can't be written; what was
    served before is then served on. One process at a time decides.
    """
    with exclusive(run.paths.releases / "lock"):
        return _promoted(run)


def _promoted(run: Run) -> Outcome:
    agree(run)
    candidate = open_candidate(run)
    before = served_release(run.paths.pointer, run.paths.releases)
    with step(STAGE, "challengers and champions"):
        contests = hold_contests(run, candidate, before[0] if before else None)
    for contest in contests:
        say(STAGE, contest.said)
    register(run, contests)
    for contest in contests:
        keep_report(run, contest)
    release = published(run, candidate, contests)
    changed = before is None or before[0].digest != release.digest
    entries = [_entry(contest, release.digest) for contest in contests if _is_news(contest)]
    decisions = [entry for entry in entries if not is_told(run.paths.log, entry)]
    if changed or decisions:
        move_to(run, release, decisions)
    agree(run)
    return Outcome(run.source, release.digest, changed, contests)


def published(run: Run, candidate: Release, contests: Sequence[Contest]) -> Release:
    """The release that these contests decide on, in its folder; it isn't served by that."""
    parts = {contest.task: contest.part for contest in contests}
    built = run.paths.releases / "new"
    all_new = all(part.bundle.is_relative_to(candidate.folder) for part in parts.values())
    with replacing_folder(built) as folder, step(STAGE, "the release"):
        if all_new and parts.keys() == candidate.tasks.keys():
            link_release(candidate, folder)
        else:
            reasons: dict[str, str] = candidate.manifest["unsupported"]
            left = {task: why for task, why in reasons.items() if task not in parts}
            compose(run, parts, left, folder)
    return publish(built, run.paths.releases)


def move_to(run: Run, release: Release, decisions: Sequence[Entry]) -> None:
    """Serve the release from now on."""
    before = read_pointer(run.paths.pointer)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    pointer = Pointer(
        release=release.digest,
        since=before.since if before and before.release == release.digest else now,
        previous=_previous(before, release.digest),
        decisions=[asdict(entry) for entry in decisions],
    )
    move_pointer(run.paths.pointer, pointer)


def _previous(before: Pointer | None, release: str) -> str:
    """The release that was served before this one."""
    if before is None:
        return ""
    return before.previous if before.release == release else before.release


def _is_news(contest: Contest) -> bool:
    """Whether the decision belongs into the log: not that the served model won again."""
    return contest.challenger is not None and contest.decision.rule != "same model"


def _entry(contest: Contest, release: str) -> Entry:
    assert contest.challenger is not None
    decision, champion = contest.decision, contest.champion
    return Entry(
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        task=contest.task,
        event="promoted" if decision.promoted else "refused",
        reason=decision.reason,
        version=contest.challenger.version,
        fingerprint=contest.challenger.fingerprint,
        champion=champion.version if champion else "",
        champion_fingerprint=champion.fingerprint if champion else "",
        id=release,
        decision=decision.to_json(),
    )
