"""A rule looks back only: the ledger as of an instant must not depend on what came after it.

A window function of a rule sees rows that became known before the row itself (or with it) if the
window is ordered by known_at, ends at or before the current row, and the function reads no more
than the window's frame. Everything else could see the future and is refused.
"""

import re

_OVER = re.compile(r"\bover\s*\(", re.IGNORECASE)
# fill() fills gaps from the values after them
_WORDS = re.compile(
    r"\b(following|lead|ntile|percent_rank|cume_dist|fill(?=\s*\())\b", re.IGNORECASE
)
_CLOCKS = re.compile(
    r"\b(now|today|current_date|current_time|current_timestamp|localtime|localtimestamp"
    r"|get_current_timestamp|random|uuid)\b",
    re.IGNORECASE,
)
_ORDERED = re.compile(r"\border\s+by\s+known_at\b(?!\s+desc)", re.IGNORECASE)
_NAMED = re.compile(r"\bover\s+(?!\()", re.IGNORECASE)
_TEXT = re.compile(r"'(?:[^']|'')*'")


def looks_ahead(sql: str) -> str | None:
    """What in an expression may see rows known later; None if nothing does.

    >>> looks_ahead("lag(close) OVER (PARTITION BY product_id ORDER BY known_at) > close")
    >>> looks_ahead("lag(close) OVER (PARTITION BY product_id ORDER BY date) > close")
    "the window 'PARTITION BY product_id ORDER BY date' is not in the order of known_at"
    """
    sql = _TEXT.sub("''", sql)
    if word := _WORDS.search(sql):
        return f"{word[0]!r} reads other rows than those known before"
    if word := _CLOCKS.search(sql):
        return f"{word[0]!r} is another at each run"
    if _NAMED.search(sql):
        return "a named window is not known here; write it out"
    for over in _OVER.finditer(sql):
        window = _inside(sql, over.end())
        if not _ORDERED.search(window):
            return f"the window {window!r} is not in the order of known_at"
    return None


def _inside(sql: str, start: int) -> str:
    """The text from an opened parenthesis to the one that closes it."""
    depth = 1
    for place in range(start, len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[place], 0)
        if depth == 0:
            return sql[start:place]
    return sql[start:]
