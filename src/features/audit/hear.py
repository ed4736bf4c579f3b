"""Holds all trials over a spec, ledger by ledger."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from src.core.ledger import known_at_once
from src.core.schemas import TABLES
from src.features.audit.probe import Probe, Rows
from src.features.audit.sample import Subject
from src.features.audit.trials import TRIALS, WINDOW, Trial, only_in
from src.features.audit.verdict import Audit, Counterexample, Hearing, Verdict
from src.features.audit.window_starts import looks_at_window_starts, try_window_starts
from src.features.audit.worlds import Look
from src.features.dictionary import tables
from src.features.spec import FeatureSpec


def audit(spec: FeatureSpec, subjects: Iterable[Callable[[], Subject]]) -> Audit:
    """The verdicts on a spec, from all trials on each subject in turn."""
    return Audit(spec, tuple(_hear(Probe(spec, make())) for make in subjects))


def _hear(probe: Probe) -> Hearing:
    outcomes: dict[str, dict[str, Verdict]] = {}
    shown: dict[str, Counterexample] = {}
    subject, last = probe.subject, probe.subject.cuts[-1]
    late = Look(known_at_once, last, last)
    probe.look([*_looks(subject), *looks_at_window_starts(probe.spec, subject).values(), late])
    for trial in TRIALS:
        moved = probe.moved(_twin(trial, subject))
        outcomes[trial.name] = {
            name: "clean" if rows.any() else "not exercised" for name, rows in moved.items()
        }
        for cut in subject.cuts:
            look = Look(trial.change, cut, cut)
            leaking = {name: rows for name, rows in probe.moved(look).items() if rows.any()}
            outcomes[trial.name] |= dict.fromkeys(leaking, "leaks")
            fresh = {name: rows for name, rows in leaking.items() if name not in shown}
            shown |= _counterexamples(probe, trial.name, look, fresh)
    outcomes[WINDOW], found = try_window_starts(probe)
    return Hearing(
        subject.name,
        len(subject.customers),
        subject.cuts,
        outcomes,
        (*shown.values(), *found),
        sum(bool(rows.any()) for rows in probe.moved(late).values()),
    )


def _looks(subject: Subject) -> Iterator[Look]:
    """What the trials look at, but for their windows."""
    for trial in TRIALS:
        yield _twin(trial, subject)
        for cut in subject.cuts:
            yield Look(trial.change, cut, cut)


def _twin(trial: Trial, subject: Subject) -> Look:
    """The look that has to move a feature, at the last cut."""
    cut = subject.cuts[-1]
    return Look(trial.twin, cut, cut) if trial.twin else Look(trial.change, cut, subject.end)


def _counterexamples(
    probe: Probe, trial: str, look: Look, leaking: Mapping[str, Rows]
) -> dict[str, Counterexample]:
    """One of each leaking feature, with the tables whose change alone moves it as well: of those
    that it says to read, and of all where it is none of them."""
    if not leaking:
        return {}
    through: dict[str, tuple[str, ...]] = dict.fromkeys(leaking, ())
    read = {table for name in leaking for table in tables(probe.spec[name], probe.spec)}
    for few in (sorted(read), sorted(set(TABLES) - read)):
        if all(through.values()):
            break
        alone = {table: Look(only_in(table, look.change), look.cut, look.as_of) for table in few}
        probe.look(alone.values())
        for table, one in alone.items():
            moved = probe.moved(one)
            through |= {name: (*through[name], table) for name in leaking if moved[name].any()}
    return {
        name: probe.counterexample(name, "leaks", trial, look, rows, through[name])
        for name, rows in leaking.items()
    }
