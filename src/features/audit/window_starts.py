"""The trial of window starts: [as_of - window, as_of) to the microsecond, for declared windows."""

from collections.abc import Mapping

import numpy as np

from src.features.audit.clock import INSTANT
from src.features.audit.poison import at_window_starts
from src.features.audit.probe import Probe
from src.features.audit.trials import WINDOW
from src.features.audit.verdict import Counterexample, Verdict
from src.features.spec import FeatureSpec


def try_window_starts(probe: Probe) -> tuple[dict[str, Verdict], list[Counterexample]]:
    """Outcomes of the features that declare a window, at the last cut, and what shows the bad ones.

    Each customer gets rows at the start of one window: a microsecond too early, on it, after it.
    """
    spans = declared_windows(probe.spec)
    windows = sorted(set(spans.values()))
    if not windows:
        return {}, []
    cut = probe.subject.cuts[-1]
    given = np.array([windows[i % len(windows)] for i in range(len(probe.subject.customers))])
    found = {
        off: probe.features(at_window_starts(windows, off * INSTANT), cut, cut)
        for off in (-1, 0, 1)
    }
    moved = {off: probe.differing(cut, frame) for off, frame in found.items()}
    outcomes: dict[str, Verdict] = {}
    wrong = []
    for name, days in spans.items():
        older = moved[-1][name] & (given >= days)
        first, second = (moved[off][name] & (given == days) for off in (0, 1))
        outcomes[name] = "clean" if first.any() else "not exercised"
        if older.any():
            outcomes[name] = "leaks"
            wrong.append(probe.counterexample(name, "leaks", WINDOW, found[-1], older))
        elif second.any() and not first.any():
            outcomes[name] = "misses"
            wrong.append(probe.counterexample(name, "misses", WINDOW, found[0], second))
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
