"""How well a resolution agrees with the truth: precision and recall over pairs of records."""

from dataclasses import dataclass

import duckdb

_COUNTS = """
WITH last AS (
    SELECT record, customer, person FROM identity_history JOIN truth USING (record)
    WHERE known_until IS NULL
)
SELECT count(*), count(DISTINCT person),
    (SELECT sum(n * (n - 1) // 2) FROM (SELECT count(*) AS n FROM last GROUP BY customer)),
    (SELECT sum(n * (n - 1) // 2) FROM (SELECT count(*) AS n FROM last GROUP BY person)),
    (SELECT sum(n * (n - 1) // 2) FROM (SELECT count(*) AS n FROM last
        GROUP BY customer, person))
FROM last
"""


@dataclass(frozen=True)
class Score:
    """Records and persons that were scored; shares of pairs of records."""

    records: int
    persons: int
    precision: float
    recall: float


def score(connection: duckdb.DuckDBPyConnection) -> Score:
    """Compare identity_history, as it stands in the end, with truth(record, person)."""

    records, persons, found, true, both = connection.execute(_COUNTS).fetchall()[0]
    return Score(records, persons, both / found if found else 1.0, both / true if true else 1.0)
