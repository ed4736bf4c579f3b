"""The pipeline's ledger: all that was delivered, or what of it was known before `until`."""

from datetime import datetime

import pandas as pd

from src.core.engine import connect_engine
from src.core.ledger import Ledger, known_before, open_ledger
from src.core.params import Params
from src.features.arrivals import arrivals
from src.pipeline import paths


def the_ledger(params: Params) -> Ledger:
    """The ledger on the engine of params.yaml, as it stood at `until` if that is given."""
    ledger = open_ledger(paths.LEDGER, connect_engine(params.engine))
    if params.until is None:
        return ledger
    return known_before(ledger, datetime.combine(params.until, datetime.min.time()))


def all_arrivals(ledger: Ledger) -> "pd.Series[str]":
    """In which order the customers became known, from the files: an engine may read a view of them
    in any order, and who came before `until` has the same number with and without it."""
    whole = ledger if ledger.folder else open_ledger(paths.LEDGER, ledger.backend)
    return arrivals(whole)
