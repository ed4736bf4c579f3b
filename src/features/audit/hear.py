"""Holds all trials over a spec, ledger by ledger."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from src.core.schemas import TABLES
from src.features.audit.probe import Probe
from src.features.audit.sample import Subject
from src.features.audit.trials import TRIALS, WINDOW, Trial, hindsight, only_in
from src.features.audit.verdict import Audit, Counterexample, Hearing, Verdict
from src.features.audit.window_starts import try_window_starts
from src.features.spec import FeatureSpec


def audit(spec: FeatureSpec, subjects: Iterable[Callable[[], Subject]], seed: int) -> Audit:
    """The verdicts on a spec, from all trials on each subject in turn."""
    return Audit(spec, tuple(_hear(Probe(spec, make(), seed)) for make in subjects))


def _hear(probe: Probe) -> Hearing:
    outcomes: dict[str, dict[str, Verdict]] = {}
    wrong: list[Counterexample] = []
    for trial in TRIALS:
        outcomes[trial.name], found = _try(probe, trial)
        wrong += found
    outcomes[WINDOW], found = try_window_starts(probe)
    last = probe.subject.cuts[-1]
    late = probe.moved(hindsight, last, last)
    return Hearing(
        probe.subject.name,
        len(probe.subject.customers),
        probe.subject.cuts,
        outcomes,
        (*wrong, *found),
        sum(bool(rows.any()) for rows in late.values()),
    )


def _try(probe: Probe, trial: Trial) -> tuple[dict[str, Verdict], list[Counterexample]]:
    """Each feature's outcome, and the first counterexample of each that leaks."""
    outcomes, wrong = _exercised(probe, trial), []
    for cut in probe.subject.cuts:
        moved = probe.moved(trial.change, cut, cut)
        leaking = [n for n, rows in moved.items() if rows.any() and outcomes[n] != "leaks"]
        outcomes |= dict.fromkeys(leaking, "leaks")
        found, through = probe.features(trial.change, cut, cut), _through(probe, trial, cut, leaking)
        wrong += [
            probe.counterexample(n, "leaks", trial.name, found, moved[n], through[n])
            for n in leaking
        ]
    return outcomes, wrong


def _exercised(probe: Probe, trial: Trial) -> dict[str, Verdict]:
    """Clean for the features that the trial's twin moves at the last cut."""
    cut = probe.subject.cuts[-1]
    if trial.twin is None:
        moved = probe.moved(trial.change, cut, probe.subject.end)
    else:
        moved = probe.moved(trial.twin, cut, cut)
    return {name: "clean" if rows.any() else "not exercised" for name, rows in moved.items()}


def _through(
    probe: Probe, trial: Trial, cut: datetime, names: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Per feature, the tables whose change alone moves it."""
    tables: dict[str, tuple[str, ...]] = dict.fromkeys(names, ())
    for table in TABLES if names else ():
        moved = probe.moved(only_in(table, trial.change), cut, cut)
        tables |= {name: (*tables[name], table) for name in names if moved[name].any()}
    return tables
