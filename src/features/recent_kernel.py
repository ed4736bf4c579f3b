"""The movements of src/features/recent.py along sorted events: ranges of them, not a join."""

import numpy as np
import pyarrow as pa

from src.features.sorted_events import SortedEvents
from src.features.sorted_rows import codes_of
from src.features.windows import DAY_US, PERIOD_DAYS


def recent_rows(spine: pa.Table, events: pa.Table, days: int) -> pa.Table:
    """Each spine row with what moved in the last `days` days before it and was known then."""
    seen = SortedEvents(spine, events)
    begins = seen.window_start(days * DAY_US)
    counts = np.maximum(seen.end - begins, 0)
    place = np.repeat(np.arange(len(counts)), counts)
    event = np.arange(len(place)) + np.repeat(begins - np.cumsum(counts) + counts, counts)
    regular, odd = seen.regular[event], seen.pairs.only(seen.pairs.age <= days * DAY_US)
    place = np.concatenate([place[regular], odd.row])
    event = np.concatenate([event[regular], odd.event])
    age = seen.as_of[place] - seen.occurred[event]
    at = pa.array(event)
    return pa.table(
        {
            "row": seen.row[place],
            "age": age,
            "kind": events["kind"].combine_chunks().take(at),
            "channel": events["channel"].combine_chunks().take(at),
            "amount_minor": events["amount_minor"].combine_chunks().take(at),
            "day": (age - 1) // DAY_US,
            "period": (age - 1) // (PERIOD_DAYS * DAY_US),
            "category": _filled(events["category"]).take(at),
            "counterparty": _filled(events["counterparty"]).take(at),
        }
    )


def _filled(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """The texts, empty ones where there are none."""
    codes, names = codes_of(column)
    codes = np.where(codes < 0, len(names), codes)
    return pa.DictionaryArray.from_arrays(
        pa.array(codes), pa.concat_arrays([names, pa.array([""])])
    )
