"""When each staged row stands in the ledger, and under which customer.

A row of a record becomes one version for each customer that the record belongs to in the row's
time: where two customers turn out to be one, the version under the one is closed and another
stands under the other. Rows of different records that so come to have one key are versions of one
thing: the one known later closes the other.
"""

from src.core.schemas import LEDGER
from src.sources.staging.session import identifiers
from src.sources.staging.versions import belongs_to_customers
from src.sources.staging.work import Work

# Of a staged row s, closed as c says, under the membership m.
_OF_MEMBER = (
    "(m.known_until IS NULL OR s.known_at < m.known_until) "
    "AND (c.known_until IS NULL OR c.known_until > m.known_at)"
)
_FROM = "greatest(s.known_at, m.known_at)"
_UNTIL = "least(c.known_until, m.known_until)"


def make_spans(work: Work, table: str) -> None:
    """Make merged_<table> (_id, _from, _until, _gone): what the merging of customers changes in the
    versions of rows whose key holds the customer. Kept rows of which no version is left, because
    another record of the customer said otherwise at that instant, are marked `superseded`."""
    work.connection.execute(
        f"CREATE TABLE merged_{table} (_id BIGINT, _from TIMESTAMP, _until TIMESTAMP, "
        "_gone BOOLEAN)"
    )
    if not belongs_to_customers(table) or "customer_id" not in LEDGER[table].key:
        return
    work.connection.execute(f"INSERT INTO merged_{table} {_merged_sql(table)}")
    suspects = f"SELECT _id FROM merged_{table} WHERE _gone"
    work.connection.execute(
        f"UPDATE stage_{table} SET _rule = 'superseded' WHERE _rule IS NULL AND _id IN "
        f"({suspects}) AND _id NOT IN (SELECT s._id {spans_from(table)} AND s._id IN ({suspects}))"
    )


def spans_from(table: str) -> str:
    """FROM … WHERE … of the versions of the kept rows: s, the staged row; m, its membership."""
    rows = f"FROM stage_{table} AS s LEFT JOIN closing_{table} AS c ON s._id = c._id "
    if not belongs_to_customers(table):
        return f"{rows}WHERE s._rule IS NULL"
    return (
        f"{rows}JOIN membership AS m ON s.customer_id = m.reference "
        f"LEFT JOIN merged_{table} AS g ON s._id = g._id AND {_FROM} = g._from "
        f"WHERE s._rule IS NULL AND {_OF_MEMBER} AND NOT coalesce(g._gone, false)"
    )


def known_columns(table: str) -> tuple[str, str]:
    """SQL of known_at and known_until of a version that spans_from gives."""
    if not belongs_to_customers(table):
        return "s.known_at", "c.known_until"
    return _FROM, f"least({_UNTIL}, g._until)"


def _merged_sql(table: str) -> str:
    """Of versions with the same key known at the same instant the last to arrive stands; each is
    closed by the next. Only customers of several records can have such."""
    key = identifiers(LEDGER[table].key)
    return (
        "WITH several AS (SELECT customer FROM membership GROUP BY customer "
        "HAVING count(DISTINCT reference) > 1), "
        f"versions AS (SELECT s.* EXCLUDE (customer_id), m.customer AS customer_id, "
        f"{_FROM} AS _from FROM stage_{table} AS s LEFT JOIN closing_{table} AS c USING (_id) "
        f"JOIN membership AS m ON s.customer_id = m.reference JOIN several USING (customer) "
        f"WHERE s._rule IS NULL AND {_OF_MEMBER}), "
        f"last AS (SELECT _id, _from, {key}, row_number() OVER (PARTITION BY {key}, _from "
        "ORDER BY _delivered DESC NULLS LAST, _entry DESC, _row DESC) > 1 AS _gone "
        f"FROM versions) SELECT _id, _from, lead(_from) OVER (PARTITION BY {key}, _gone "
        "ORDER BY _from) AS _until, _gone FROM last"
    )
