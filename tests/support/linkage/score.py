"""How well a resolution agrees with the truth: precision and recall over pairs of records."""

from dataclasses import dataclass

import duckdb

# what resolution has to reach on the default simulation
PRECISION, RECALL = 0.995, 0.97

_UNSCORED = """
SELECT count(*) FROM (SELECT record FROM identity_history WHERE known_until IS NULL)
FULL JOIN (SELECT record, person FROM truth) USING (record)
WHERE person IS NULL OR record NOT IN (SELECT record FROM identity_history)
"""
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
    """Compare identity_history, as it stands in the end, with truth(record, person).

    A pair that nobody joined is precise. Raises ValueError if the two are not of the same records,
    or if no two records are of one person: such a score would prove nothing.
    """
    (unscored,) = connection.execute(_UNSCORED).fetchall()[0]
    records, persons, found, true, both = connection.execute(_COUNTS).fetchall()[0]
    if unscored or not true:
        raise ValueError(f"{unscored} records of {records + unscored} have no history or no truth")
    return Score(records, persons, both / found if found else 1.0, both / true)
