"""A spec's features on a ledger that is changed for the look, and what moved."""

from datetime import datetime
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.features.audit.copies import make_copies
from src.features.audit.sample import See, Subject, copied
from src.features.audit.trials import Change, untouched
from src.features.audit.verdict import Counterexample, Verdict
from src.features.build import build_features
from src.features.spec import FeatureSpec

# Values closer than this, relative to their size, are one: the order of additions may differ.
TOLERANCE = 1e-9
Rows = NDArray[np.bool_]


class Probe:
    """Looks at one subject's features under changes of its ledger, each computed once."""

    def __init__(self, spec: FeatureSpec, subject: Subject, seed: int) -> None:
        self.spec, self.subject, self.seed = spec, subject, seed
        make_copies(subject)
        self._found = cache(self._compute)

    def features(self, change: Change, cut: datetime, as_of: datetime) -> pd.DataFrame:
        """All customers' features at as_of on the ledger changed with regard to `cut`."""
        return self._found(change, cut, as_of)

    def seen(self, see: See, as_of: datetime) -> pd.DataFrame:
        """All customers' features at as_of on the ledger that `see` makes of the subject's."""
        ledger = copied(self.subject.ledger, "audited_", see)
        return build_features(ledger, self.subject.spine(as_of), self.spec)

    def untouched(self, as_of: datetime) -> pd.DataFrame:
        """All customers' features at as_of on the ledger as it is."""
        return self.features(untouched, as_of, as_of)

    def moved(self, change: Change, cut: datetime, as_of: datetime) -> dict[str, Rows]:
        """Per feature, in which customers' rows at as_of the change moves it."""
        return self.differing(as_of, self.features(change, cut, as_of))

    def differing(self, as_of: datetime, found: pd.DataFrame) -> dict[str, Rows]:
        """Per feature, in which rows `found` differs from the untouched. Unknown equals unknown."""
        base = self.untouched(as_of)
        return {
            name: ~np.isclose(
                base[name].to_numpy(float),
                found[name].to_numpy(float),
                rtol=TOLERANCE,
                atol=0.0,
                equal_nan=True,
            )
            for name in self.spec.names
        }

    def counterexample(
        self,
        feature: str,
        verdict: Verdict,
        trial: str,
        found: pd.DataFrame,
        rows: Rows,
        through: tuple[str, ...] = (),
    ) -> Counterexample:
        """The first of `rows` as an example of what the trial did to the feature."""
        row = found.iloc[int(np.argmax(rows))]
        as_of = row["as_of"].to_pydatetime()
        before = self.untouched(as_of)[feature].iloc[int(np.argmax(rows))]
        return Counterexample(
            feature,
            verdict,
            trial,
            self.subject.name,
            str(row["customer_id"]),
            as_of,
            float(before),
            float(row[feature]),
            through,
        )

    def _compute(self, change: Change, cut: datetime, as_of: datetime) -> pd.DataFrame:
        return self.seen(change(cut, self.seed), as_of)
