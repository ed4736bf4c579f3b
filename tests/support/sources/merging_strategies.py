"""Strategies and slow oracles of what customers are over time."""

from hypothesis import strategies as st

RECORDS = ("a", "b", "c")


@st.composite
def merging(draw) -> list[tuple[str, str, int, int | None]]:
    """Records become known one after the other; each may then move once to a record known
    before it: (reference, customer, first day, day after the last)."""
    intervals = []
    for number, record in enumerate(RECORDS):
        since = number + draw(st.integers(0, 3))
        moves = number > 0 and draw(st.booleans())
        if not moves:
            intervals.append((record, record, since, None))
            continue
        at = since + draw(st.integers(0, 4))
        to = RECORDS[0]
        begun = next(i[2] for i in intervals if i[0] == to)
        at = max(at, begun)
        if at > since:
            intervals.append((record, record, since, at))
        intervals.append((record, to, at, None))
    return intervals


def customer_at(intervals, record, t):
    """The customer that a record belongs to on a day, None if it is not known yet."""
    for reference, customer, since, until in intervals:
        if reference == record and since <= t and (until is None or t < until):
            return customer
    return None


def runs(states):
    """(state, first day, day after the last) of the runs of equal states that are not None, of a
    list of states by day; the last day's run stands open."""
    found, start = [], 0
    for t in range(1, len(states) + 1):
        if t == len(states) or states[t] != states[start]:
            if states[start] is not None:
                found.append((states[start], start, t if t < len(states) else None))
            start = t
    return found
