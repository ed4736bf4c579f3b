"""Holds all trials over a spec, ledger by ledger."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from src.core.ledger import known_at_once
from src.core.schemas import TABLES
from src.features.audit.probe import Probe, Rows
from src.features.audit.sample import Subject
from src.features.audit.trials import TRIALS, WINDOW, Trial, only_in
from src.features.audit.verdict import Audit, Counterexample, Hearing, Verdict
from src.features.audit.window_starts import try_window_starts
from src.features.dictionary import tables
from src.features.spec import FeatureSpec


def audit(spec: FeatureSpec, subjects: Iterable[Callable[[], Subject]]) -> Audit:
    """The verdicts on a spec, from all trials on each subject in turn."""
    return Audit(spec, tuple(_hear(Probe(spec, make())) for make in subjects))


def _hear(probe: Probe) -> Hearing:
    outcomes: dict[str, dict[str, Verdict]] = {}
    shown: dict[str, Counterexample] = {}
    for trial in TRIALS:
        outcomes[trial.name] = _exercised(probe, trial)
        for cut in probe.subject.cuts:
            moved = probe.moved(trial.change, cut, cut)
            leaking = {name: rows for name, rows in moved.items() if rows.any()}
            outcomes[trial.name] |= dict.fromkeys(leaking, "leaks")
            fresh = {name: rows for name, rows in leaking.items() if name not in shown}
            shown |= _counterexamples(probe, trial, cut, fresh)
    outcomes[WINDOW], found = try_window_starts(probe)
    last = probe.subject.cuts[-1]
    late = probe.moved(known_at_once, last, last)
    return Hearing(
        probe.subject.name,
        len(probe.subject.customers),
        probe.subject.cuts,
        outcomes,
        (*shown.values(), *found),
        sum(bool(rows.any()) for rows in late.values()),
    )


def _exercised(probe: Probe, trial: Trial) -> dict[str, Verdict]:
    """Clean for the features that the trial's twin moves at the last cut."""
    cut = probe.subject.cuts[-1]
    if trial.twin is None:
        moved = probe.moved(trial.change, cut, probe.subject.end)
    else:
        moved = probe.moved(trial.twin, cut, cut)
    return {name: "clean" if rows.any() else "not exercised" for name, rows in moved.items()}


def _counterexamples(
    probe: Probe, trial: Trial, cut: datetime, leaking: Mapping[str, Rows]
) -> dict[str, Counterexample]:
    """One of each leaking feature, with the tables whose change alone moves it as well: of those
    that it says to read, and of all where it is none of them."""
    through: dict[str, tuple[str, ...]] = dict.fromkeys(leaking, ())
    read = {table for name in leaking for table in tables(probe.spec[name], probe.spec)}
    for table in sorted(TABLES, key=lambda name: name not in read):
        if table not in read and all(through.values()):
            break
        moved = probe.moved(only_in(table, trial.change), cut, cut)
        through |= {name: (*through[name], table) for name in leaking if moved[name].any()}
    found = probe.features(trial.change, cut, cut)
    return {
        name: probe.counterexample(name, "leaks", trial.name, found, rows, through[name])
        for name, rows in leaking.items()
    }
