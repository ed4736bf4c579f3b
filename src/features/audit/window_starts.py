"""The trial of window starts: [as_of - window, as_of) to the microsecond, for declared windows."""

from collections.abc import Mapping

import numpy as np

from src.features.audit.clock import INSTANT
from src.features.audit.poison import at_window_starts
from src.features.audit.probe import Probe
from src.features.audit.quiet import quiet_instant
from src.features.audit.sample import Subject
from src.features.audit.trials import WINDOW
from src.features.audit.verdict import Counterexample, Verdict
from src.features.audit.worlds import Look
from src.features.spec import FeatureSpec


def looks_at_window_starts(spec: FeatureSpec, subject: Subject) -> dict[int, Look]:
    """Each customer given rows at the start of one window: a microsecond before it (-1), on it (0)
    and after it (1). Nothing if no feature declares a window.

    They look from an instant after the last cut at which nothing else happens, neither then nor a
    whole number of days earlier: a price that is told at the very start of a window would part rows
    on it from rows after it, and rightly.
    """
    windows = _windows(spec)
    if not windows:
        return {}
    as_of = quiet_instant(subject)
    return {off: Look(at_window_starts(windows, off * INSTANT), as_of, as_of) for off in (-1, 0, 1)}


def try_window_starts(probe: Probe) -> tuple[dict[str, Verdict], list[Counterexample]]:
    """Outcomes of the features that declare a window, and what shows the bad ones."""
    looks = looks_at_window_starts(probe.spec, probe.subject)
    if not looks:
        return {}, []
    windows = _windows(probe.spec)
    given = np.array([windows[i % len(windows)] for i in range(len(probe.subject.customers))])
    moved = {off: probe.moved(look) for off, look in looks.items()}
    outcomes: dict[str, Verdict] = {}
    wrong = []
    for name, days in declared_windows(probe.spec).items():
        older = moved[-1][name] & (given >= days)
        first, second = (moved[off][name] & (given == days) for off in (0, 1))
        outcomes[name] = "clean" if first.any() else "not exercised"
        if older.any():
            outcomes[name] = "leaks"
            wrong.append(probe.counterexample(name, "leaks", WINDOW, looks[-1], older))
        elif second.any() and not first.any():
            outcomes[name] = "misses"
            wrong.append(probe.counterexample(name, "misses", WINDOW, looks[0], second))
    return outcomes, wrong


def declared_windows(spec: FeatureSpec) -> Mapping[str, int]:
    """By feature, the days beyond which nothing counts for it; features without are left out."""
    spans: dict[str, int | None] = {}
    for feature in spec.ordered:
        definition = feature.definition
        reach = [spans[name] for name in definition.needs] or [definition.window_days]
        known = [days for days in reach if days is not None]
        spans[feature.name] = max(known) if len(known) == len(reach) else None
    return {name: days for name in spec.names if (days := spans[name]) is not None}


def _windows(spec: FeatureSpec) -> tuple[int, ...]:
    return tuple(sorted(set(declared_windows(spec).values())))
