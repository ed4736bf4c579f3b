"""The columns that a model needs, also where today's catalogue no longer has them."""

from collections.abc import Callable, Iterable

import pandas as pd

from src.core.ledger import Ledger
from src.features.build import build_features
from src.features.spec import FeatureSpec
from src.models.rows import KEYS


def with_features(
    rows: pd.DataFrame, specs: Iterable[FeatureSpec], ledger: Callable[[], Ledger]
) -> pd.DataFrame:
    """`rows` (customer_id, as_of and today's features) with every column of `specs`.

    What is missing is built by the spec that has it, from the ledger, which is opened only then.
    """
    for spec in specs:
        missing = [name for name in spec.names if name not in rows.columns]
        if missing:
            built = build_features(ledger(), rows[KEYS], spec.select(missing))
            rows = rows.merge(built, on=KEYS, how="left", validate="1:1")
    return rows
