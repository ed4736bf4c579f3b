"""Customer records of several systems become customers: links with evidence, and their history."""

import duckdb

from src.sources.linkage.blocking import make_blocks
from src.sources.linkage.history import make_history
from src.sources.linkage.matching import weigh_pairs
from src.sources.linkage.model import LinkageModel
from src.sources.linkage.normalise import normalise

_LINKS = """
CREATE OR REPLACE TABLE linkage_links AS
SELECT left_record, right_record, probability, weight, evidence, known_at
FROM linkage_pairs
QUALIFY row_number() OVER (PARTITION BY left_record, right_record
    ORDER BY known_at, weight DESC, left_version, right_version) = 1
"""


def resolve(connection: duckdb.DuckDBPyConnection, model: LinkageModel) -> None:
    """Decide which records of the table identity_versions are one customer.

    identity_versions has one row per record and version: record, system, known_at, kind, name,
    phone, address, id_number, email, birth_date; identity_accounts one per record and account:
    record, account (its number or the end of it), known_at. Makes in the same session:

    - identity_links(left_record, right_record, probability, weight, evidence, known_at): pairs at
      or above the threshold, as they first reached it; known_at is that of the later version;
    - identity_refusals: the same columns and a reason: links that would have joined two customers
      who contradict each other;
    - identity_history(record, customer, known_at, known_until): the customer that a record belongs
      to, named by that customer's record known first;
    - identity_blocking: what was compared by which key, and what was left out (see make_blocks).

    Restricted to rows with known_at before an instant, the same tables come out restricted to it.
    """
    normalise(connection)
    make_blocks(connection, model)
    weigh_pairs(connection, model)
    connection.execute(_LINKS)
    make_history(connection)
    for table in ("links", "pairs", "blocked", "versions"):
        connection.execute(f"DROP TABLE linkage_{table}")
