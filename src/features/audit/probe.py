"""A spec's features on a ledger that is changed for the look, and what moved."""

from datetime import datetime
from functools import cache

import ibis
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.core.ledger import Ledger, table_of
from src.core.schemas import TABLES
from src.features.audit.clock import set_as_of
from src.features.audit.copies import make_copies
from src.features.audit.sample import SAMPLE, See, Subject
from src.features.audit.trials import untouched
from src.features.audit.verdict import Counterexample, Verdict
from src.features.build import build_features
from src.features.spec import FeatureSpec

# Values closer than this, relative to their size, are one: the order of additions may differ.
TOLERANCE = 1e-9
_PREFIX = "audited_"
Rows = NDArray[np.bool_]


class Probe:
    """Looks at one subject's features under changes of its ledger, each computed once."""

    def __init__(self, spec: FeatureSpec, subject: Subject) -> None:
        self.spec, self.subject = spec, subject
        make_copies(subject)
        self._found = cache(self._compute)

    def features(self, change: See, cut: datetime, as_of: datetime) -> pd.DataFrame:
        """All customers' features at as_of on the ledger changed with regard to `cut`."""
        return self._found(change, cut, as_of)

    def untouched(self, as_of: datetime) -> pd.DataFrame:
        """All customers' features at as_of on the ledger as it is."""
        return self.features(untouched, as_of, as_of)

    def moved(self, change: See, cut: datetime, as_of: datetime) -> dict[str, Rows]:
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

    def _compute(self, change: See, cut: datetime, as_of: datetime) -> pd.DataFrame:
        ledger = changed(self.subject, change, cut)
        return build_features(ledger, self.subject.spine(as_of), self.spec)


def changed(subject: Subject, change: See, cut: datetime) -> Ledger:
    """The subject's ledger, changed with regard to `cut`. It takes the place of the last one."""
    engine = subject.ledger.backend
    set_as_of(engine.con, cut)
    held = {}
    for table in TABLES:
        name = f"{_PREFIX}{table}"
        engine.con.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {_sql(change, table)}')
        held[table] = table_of(name, table, engine)
    return Ledger(engine, held, _PREFIX)


@cache
def _sql(change: See, table: str) -> str:
    """The change of a table, in the engine's words: the same for every subject and instant."""
    schema = TABLES[table]
    rows = change(table, ibis.table(schema.ibis, name=f"{SAMPLE}{table}"))
    return str(ibis.to_sql(rows.select(*schema.arrow.names), dialect="duckdb"))
