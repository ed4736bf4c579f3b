"""What was put aside of each customer's rows, and while: the ledger's table of what it lacks.

A rejected row is lacking from the instant at which it and its customer were known to the one at
which a good row of its key, said after it, takes its place or withdraws it. A row that waited for
its product was rejected until then. A row whose customer is not known is nobody's, and what only
repeats another row or takes it back is lacking nowhere.
"""

import pyarrow as pa

from src.core.ledger import EVENT_TIME
from src.core.schemas import LEDGER, REJECTED
from src.sources.staging.session import first_row, identifiers, literal
from src.sources.staging.versions import SAID_ALREADY, belongs_to_customers
from src.sources.staging.work import Work

UNKNOWN_PRODUCT = "unknown"
_INSTANT = "INTERVAL 1 MICROSECOND"
_EARLIEST = "TIMESTAMP '1900-01-01'"
_ALWAYS = "TIMESTAMP '1970-01-01'"
# The order in which the rows s were said, as versions.py has it.
_SAID = (
    "row(coalesce(s._delivered, '-infinity'), coalesce(s._declared, '-infinity'), "
    "s._entry, s._row) AS said"
)

# When each product came with a delivery that tells when.
_SHELF = (
    "SELECT product_id, CASE WHEN count(_arrived) = count(*) THEN min(_arrived) END AS stamp "
    "FROM stage_products WHERE _rule IS NULL GROUP BY product_id"
)


def make_rejected(work: Work) -> None:
    """Make rejected_spans: the columns of REJECTED, with references in the place of pseudonyms.

    Runs when it is known which rows are kept and whose they are.
    """
    work.connection.execute(
        "CREATE TABLE rejected_spans (customer_id VARCHAR, meant_for VARCHAR, account_id VARCHAR, "
        "product_id VARCHAR, happened_at TIMESTAMP, known_at TIMESTAMP, known_until TIMESTAMP)"
    )
    for table in filter(belongs_to_customers, LEDGER):
        work.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE lacking_rows AS {_lacking_sql(table)}"
        )
        if first_row(work.connection, "SELECT 1 FROM lacking_rows LIMIT 1"):
            work.connection.execute(f"INSERT INTO rejected_spans BY NAME {_spans_sql(table)}")


def rejected_of_customers(work: Work) -> pa.Table:
    """The table rejected with pseudonyms, in the order in which it became known."""
    schema = REJECTED.arrow
    found = work.connection.sql(
        "SELECT r.* REPLACE (c.pseudonym AS customer_id, a.pseudonym AS account_id) "
        "FROM rejected_spans AS r JOIN customer_pseudonyms AS c ON r.customer_id = c.value "
        "LEFT JOIN account_pseudonyms AS a ON r.account_id = a.value"
    )
    ordered = found.select(identifiers(schema.names)).order(
        identifiers(["known_at", *(name for name in schema.names if name != "known_at")])
    )
    return ordered.to_arrow_table().cast(schema)


def _lacking_sql(table: str) -> str:
    """(the key's columns, said, reference, account, product, happened_at, since, until) of the
    rows of a table that were rejected, for good or until their product came."""
    sound = ", ".join(map(literal, SAID_ALREADY))
    rejected = (
        f"SELECT s.*, least(known_at, _arrived - {_INSTANT}) AS _known, "
        f"NULL::TIMESTAMP AS _until, {{product}} AS _product FROM stage_{table} AS s {{shelf}}"
        f"WHERE _rule NOT IN ({sound})"
    )
    if "product_id" not in _columns(table):
        return _told(table, rejected.format(product="NULL", shelf=""))
    known = "coalesce(stamp <= _arrived, p.product_id IS NOT NULL)"
    product = (
        f"CASE WHEN s.product_id IS NULL OR {known} THEN s.product_id "
        f"ELSE {literal(UNKNOWN_PRODUCT)} END"
    )
    shelf = f"LEFT JOIN ({_SHELF}) AS p ON s.product_id = p.product_id "
    awaited = (
        "SELECT s.*, a.known_at AS _known, a.known_until AS _until, "
        f"{literal(UNKNOWN_PRODUCT)} AS _product "
        f"FROM stage_{table} AS s JOIN awaited_{table} AS a ON s._id = a._id"
    )
    return _told(table, f"{rejected.format(product=product, shelf=shelf)} UNION ALL {awaited}")


def _told(table: str, rows: str) -> str:
    """Lacking rows as they tell of themselves. An event's time that can't be is that at which the
    row was known; what tells no time at all is on no account, for no statement can cover it."""
    event = f"s.{EVENT_TIME[table]}" + (f" - {_INSTANT}" if table == "balances" else "")
    timely = f"{event} >= {_EARLIEST} AND coalesce({event} <= _known, true)"
    happened = f"CASE WHEN {timely} THEN {event} ELSE _known END"
    account = "account_id" if "account_id" in _columns(table) else "NULL"
    key = ", ".join(f"s.{name}" for name in LEDGER[table].key)
    return (
        f"SELECT {key}, {_SAID}, s.customer_id AS _reference, "
        f"CASE WHEN {happened} IS NOT NULL THEN {account} END AS _account, _product, "
        f"coalesce({happened}, {_ALWAYS}) AS _happened, coalesce(_known, {_ALWAYS}) AS _since, "
        f"_until FROM ({rows}) AS s"
    )


def _spans_sql(table: str) -> str:
    """Rows of rejected_spans: under whom each lacking row stands, until a later one mends it."""
    key = LEDGER[table].key
    same = " AND ".join(f"k.{name} IS NOT DISTINCT FROM l.{name}" for name in key)
    keys = ", ".join(f"s.{name}" for name in key)
    until = "least(_until, _mended)"
    since = "greatest(_since, m.known_at)"
    return (
        f"WITH kept AS (SELECT {keys}, {_SAID}, min(CASE WHEN s._cancels THEN s.known_at "
        f"ELSE greatest(s.known_at, m.known_at) END) AS _at FROM stage_{table} AS s "
        "LEFT JOIN membership AS m ON s.customer_id = m.reference "
        "AND (m.known_until IS NULL OR s.known_at < m.known_until) "
        "WHERE (s._rule IS NULL OR s._rule = 'cancellation') "
        f"AND hash({keys}) IN (SELECT hash({identifiers(key)}) FROM lacking_rows) GROUP BY ALL), "
        "mended AS (SELECT l.*, min(k._at) AS _mended FROM lacking_rows AS l LEFT JOIN kept AS k "
        f"ON {same} AND k.said > l.said GROUP BY ALL) "
        f"SELECT m.customer AS customer_id, {literal(table)} AS meant_for, "
        "_account AS account_id, _product AS product_id, _happened AS happened_at, "
        f"{since} AS known_at, least({until}, m.known_until) AS known_until "
        "FROM mended JOIN membership AS m ON _reference = m.reference "
        "WHERE (m.known_until IS NULL OR _since < m.known_until) "
        f"AND coalesce({until} > {since}, true)"
    )


def _columns(table: str) -> set[str]:
    return {column.name for column in LEDGER[table].columns}
