"""An instant at which a subject's ledger is quiet, whichever whole number of days earlier."""

from datetime import datetime, timedelta

import numpy as np

from src.core.schemas import TABLES
from src.features.audit.clock import INSTANT
from src.features.audit.sample import Subject

_DAY = timedelta(days=1) // INSTANT
# Microseconds on either side: enough for rows before, on and after an instant to have no other
# between them.
_STILL = 3


def quiet_instant(subject: Subject) -> datetime:
    """The first instant after the last cut such that, at its time of day, no row of the ledger has
    any clock within a few microseconds: nothing happens, becomes known or ends.

    A day has 86,400 million instants; a sampled ledger fills a few hundred thousand of them.
    """
    cut = subject.cuts[-1]
    since = (cut - datetime(1970, 1, 1)) // INSTANT
    clocks = " UNION ".join(
        f'SELECT ((epoch_us("{column.name}") - {since}) % {_DAY} + {_DAY}) % {_DAY} AS clock '
        f'FROM "{subject.ledger.prefix}{name}" WHERE "{column.name}" IS NOT NULL'
        for name, table in TABLES.items()
        for column in table.columns
        if column.type == "time"
    )
    found = subject.ledger.backend.con.execute(f"{clocks} ORDER BY clock").fetchnumpy()["clock"]
    ends = np.append(np.insert(found.astype(np.int64), 0, 0), _DAY)
    gap = int(np.argmax(np.diff(ends) > 2 * _STILL))
    return cut + (int(ends[gap]) + _STILL) * INSTANT
