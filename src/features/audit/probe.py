"""What moves of a spec's features when a subject's ledger is changed."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.features.audit.copies import make_copies
from src.features.audit.sample import Subject
from src.features.audit.trials import untouched
from src.features.audit.verdict import Counterexample, Verdict
from src.features.audit.worlds import Look, features_alone, features_together
from src.features.spec import FeatureSpec

# Values closer than this, relative to their size, are one: the order of additions may differ.
TOLERANCE = 1e-9
Rows = NDArray[np.bool_]


class Probe:
    """Looks at one subject's features under changes of its ledger, at each once."""

    def __init__(self, spec: FeatureSpec, subject: Subject) -> None:
        self.spec, self.subject = spec, subject
        make_copies(subject)
        self._found: dict[Look, pd.DataFrame] = {}

    def look(self, looks: Iterable[Look]) -> None:
        """Compute these looks and the untouched ledger's, all in one evaluation."""
        wanted = dict.fromkeys(
            one for look in looks for one in (Look(untouched, look.as_of, look.as_of), look)
        )
        fresh = [look for look in wanted if look not in self._found]
        if fresh:
            self._found |= zip(fresh, self._computed(fresh), strict=True)

    def features(self, look: Look) -> pd.DataFrame:
        """All customers' features, in the order of the subject's customers."""
        self.look([look])
        return self._found[look]

    def moved(self, look: Look) -> dict[str, Rows]:
        """Per feature, in which customers' rows the look's change moves it. Unknown equals
        unknown."""
        found = self.features(look)
        base = self.features(Look(untouched, look.as_of, look.as_of))
        return {name: _differs(base[name], found[name]) for name in self.spec.names}

    def counterexample(
        self,
        feature: str,
        verdict: Verdict,
        trial: str,
        look: Look,
        rows: Rows,
        through: tuple[str, ...] = (),
    ) -> Counterexample:
        """The first of `rows` as an example of what the trial did to the feature."""
        place = int(np.argmax(rows))
        before = self.features(Look(untouched, look.as_of, look.as_of))[feature]
        return Counterexample(
            feature,
            verdict,
            trial,
            self.subject.name,
            self.subject.customers[place],
            look.as_of,
            float(before.iloc[place]),
            float(self.features(look)[feature].iloc[place]),
            through,
        )

    def _computed(self, looks: Sequence[Look]) -> list[pd.DataFrame]:
        """The features of each look. Those that other customers' rows move, or other products', can
        only be looked at one ledger at a time: the last look, taken alone, tells which they are.
        """
        if len(looks) == 1:
            return [features_alone(self.subject, self.spec, looks[0])]
        together = features_together(self.subject, self.spec, looks)
        alone = features_alone(self.subject, self.spec, looks[-1])
        mixed = [n for n in self.spec.names if _differs(alone[n], together[-1][n]).any()]
        if not mixed:
            return together
        few = self.spec.select(mixed)
        for found, look in zip(together, looks, strict=True):
            found[mixed] = features_alone(self.subject, few, look)[mixed]
        return together


def _differs(first: "pd.Series[float]", second: "pd.Series[float]") -> Rows:
    return ~np.isclose(
        first.to_numpy(float), second.to_numpy(float), rtol=TOLERANCE, atol=0.0, equal_nan=True
    )
