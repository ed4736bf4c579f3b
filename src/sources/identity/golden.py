"""The golden record: what the institution knew about a customer, from each instant at which it
learned something on.

A customer has one or more records, of one or more systems. At an instant each record says of a
column the last value that it ever had (an emptied field takes nothing back). The customer has the
value of the record of highest priority that has one: by the order of the mapping's entries, then
the record known first, then the smallest reference. A value that a rule filled counts only where
no record has one of its own.
"""

from collections.abc import Iterable

from src.core.schemas import LEDGER
from src.sources.mapping.rule import Rule
from src.sources.staging.session import identifier, identifiers, literal
from src.sources.staging.work import Work

_KEYS = ("customer_id", "source", "known_at", "known_until", "imputed")
COLUMNS = tuple(c.name for c in LEDGER["customers"].columns if c.name not in _KEYS)


def make_golden(work: Work, rules: Iterable[Rule]) -> None:
    """Make golden (the ledger's columns of customers, customer_id not yet a pseudonym) and
    golden_parts (_customer, _from, _until, _file, _line): which lines tell about whom, and when.

    rules: all that were applied; those that impute tell which columns may be filled.
    """
    filled = sorted({c for r in rules if r.table == "customers" for c in r.impute})
    _make_parts(work, filled)
    own = [f"arg_min({identifier(c)}, _rank) AS {identifier(c)}" for c in COLUMNS]
    own += [f"arg_min({_filled(c)}, _rank) AS {_filled(c)}" for c in filled]
    told = [
        f"coalesce({identifier(c)}, {_filled(c)}) AS {identifier(c)}"
        if c in filled
        else identifier(c)
        for c in COLUMNS
    ]
    flags = ", ".join(
        f"CASE WHEN {identifier(c)} IS NULL AND {_filled(c)} IS NOT NULL THEN {literal(c)} END"
        for c in filled
    )
    imputed = f"nullif(concat_ws(',', {flags}), '')" if flags else "NULL::VARCHAR"
    state = f"row({identifiers(COLUMNS)}, source, imputed)"
    work.connection.execute(
        "CREATE TABLE golden AS WITH instants AS ("
        "SELECT _customer, _from AS _at FROM golden_parts UNION "
        "SELECT _customer, _until FROM golden_parts WHERE _until IS NOT NULL), "
        f"heard AS (SELECT i._customer, i._at, arg_min(source, _rank) AS source, {', '.join(own)} "
        "FROM instants AS i LEFT JOIN golden_parts AS p ON i._customer = p._customer "
        "AND p._from <= i._at AND (p._until IS NULL OR p._until > i._at) "
        "GROUP BY i._customer, i._at), "
        f"said AS (SELECT _customer, _at, source, {', '.join(told)}, {imputed} AS imputed "
        "FROM heard), "
        "news AS (SELECT * FROM said WINDOW _order AS (PARTITION BY _customer ORDER BY _at) "
        f"QUALIFY {state} IS DISTINCT FROM lag({state}) OVER _order "
        "OR lag(_at) OVER _order IS NULL) "
        f"SELECT _customer AS customer_id, {identifiers(COLUMNS)}, source, _at AS known_at, "
        "known_until, imputed FROM (SELECT *, lead(_at) OVER (PARTITION BY _customer ORDER BY _at) "
        "AS known_until FROM news) WHERE source IS NOT NULL"
    )


def _make_parts(work: Work, filled: list[str]) -> None:
    """golden_parts: each version of a record, cut to the times in which it belongs to a customer,
    with all that the record said until then."""
    said = []
    for column in COLUMNS:
        name = identifier(column)
        if column not in filled:
            said.append(f"last_value({name} IGNORE NULLS) OVER _before AS {name}")
            continue
        is_filled = f"list_contains(string_split(coalesce(imputed, ''), ','), {literal(column)})"
        own = f"CASE WHEN NOT {is_filled} THEN {name} END"
        said.append(f"last_value({own} IGNORE NULLS) OVER _before AS {name}")
        said.append(
            f"last_value(CASE WHEN {is_filled} THEN {name} END IGNORE NULLS) OVER _before "
            f"AS {_filled(column)}"
        )
    columns = identifiers(COLUMNS) + "".join(f", {_filled(c)}" for c in filled)
    work.connection.execute(
        "CREATE TABLE golden_parts AS WITH records AS (SELECT _entry, customer_id AS reference, "
        "row_number() OVER (ORDER BY _entry, min(known_at), customer_id) AS _rank "
        "FROM stage_customers WHERE _rule IS NULL GROUP BY _entry, customer_id), "
        f"said AS (SELECT _id, _entry, _file, _line, customer_id AS reference, known_at, source, "
        f"{', '.join(said)} FROM stage_customers WHERE _rule IS NULL "
        "WINDOW _before AS (PARTITION BY _entry, customer_id ORDER BY known_at "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) "
        f"SELECT m.customer AS _customer, _rank, _id, _file, _line, {columns}, source, "
        "greatest(said.known_at, m.known_at) AS _from, "
        "least(coalesce(c.known_until, m.known_until), coalesce(m.known_until, c.known_until)) "
        "AS _until FROM said JOIN records USING (_entry, reference) "
        "JOIN membership AS m ON said.reference = m.reference "
        "LEFT JOIN closing_customers AS c USING (_id) "
        "WHERE (m.known_until IS NULL OR said.known_at < m.known_until) "
        "AND (c.known_until IS NULL OR c.known_until > m.known_at)"
    )


def _filled(column: str) -> str:
    return identifier(f"_filled_{column}")
