"""What an audit found: per ledger, trial and feature an outcome, and per feature a verdict."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from src.features.audit.trials import CLAIMS
from src.features.spec import FeatureSpec

# leaks: moved by what it must not see. misses: not moved by the first instant of its window.
# clean: moved by nothing of that, though by the same a microsecond earlier. not exercised: by none.
Verdict = Literal["leaks", "misses", "clean", "not exercised"]
VERDICTS: tuple[Verdict, ...] = ("leaks", "misses", "clean", "not exercised")


@dataclass(frozen=True)
class Counterexample:
    """One value that moved and must not have, or did not and must have. through: the tables whose
    change alone moves it, where one alone does."""

    feature: str
    verdict: Verdict
    trial: str
    ledger: str
    customer_id: str
    as_of: datetime
    before: float
    after: float
    through: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; an unknown value is null."""
        return {
            "trial": self.trial,
            "ledger": self.ledger,
            "customer_id": self.customer_id,
            "as_of": self.as_of.isoformat(),
            "before": None if math.isnan(self.before) else self.before,
            "after": None if math.isnan(self.after) else self.after,
            "through": list(self.through),
        }


@dataclass(frozen=True)
class Hearing:
    """What came out on one ledger. outcomes: by trial, by feature. hindsight: how many features
    differ if all is known when it happens, so that the ledger's own late news matter."""

    ledger: str
    customers: int
    cuts: tuple[datetime, ...]
    outcomes: Mapping[str, Mapping[str, Verdict]]
    counterexamples: tuple[Counterexample, ...]
    hindsight: int


@dataclass(frozen=True)
class Audit:
    """The hearings of one spec."""

    spec: FeatureSpec
    hearings: tuple[Hearing, ...]

    def verdict(self, feature: str) -> Verdict:
        """The worst that was found of it; clean only where some trial could have moved it."""
        found = set(self.outcomes(feature).values())
        return next((verdict for verdict in VERDICTS if verdict in found), "not exercised")

    def outcomes(self, feature: str) -> dict[str, Verdict]:
        """By trial, the worst outcome on any ledger; trials that do not concern it are left out."""
        worst: dict[str, Verdict] = {}
        for trial in CLAIMS:
            found = {
                hearing.outcomes[trial][feature]
                for hearing in self.hearings
                if feature in hearing.outcomes.get(trial, {})
            }
            if found:
                worst[trial] = next(verdict for verdict in VERDICTS if verdict in found)
        return worst

    def counterexample(self, feature: str) -> Counterexample | None:
        """The first value that shows the verdict."""
        wrong = [one for hearing in self.hearings for one in hearing.counterexamples]
        mine = [one for one in wrong if one.feature == feature]
        return next((one for one in mine if one.verdict == self.verdict(feature)), None)

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many features have each verdict."""
        found = Counter(map(self.verdict, self.spec.names))
        return {verdict: found[verdict] for verdict in VERDICTS}

    @property
    def passed(self) -> bool:
        """True where no feature leaks or misses."""
        return not self.counts["leaks"] and not self.counts["misses"]

    def to_json(self) -> dict[str, Any]:
        """The whole audit as plain JSON values."""
        return {
            "spec": self.spec.digest,
            "passed": self.passed,
            "verdicts": self.counts,
            "trials": CLAIMS,
            "ledgers": [
                {
                    "name": hearing.ledger,
                    "customers": hearing.customers,
                    "as_of": [cut.isoformat() for cut in hearing.cuts],
                    "moved_by_hindsight": hearing.hindsight,
                }
                for hearing in self.hearings
            ],
            "features": {name: self._feature(name) for name in self.spec.names},
        }

    def _feature(self, name: str) -> dict[str, Any]:
        entry: dict[str, Any] = {"verdict": self.verdict(name), "trials": self.outcomes(name)}
        if (found := self.counterexample(name)) is not None:
            entry["counterexample"] = found.to_json()
        return entry
