"""Consistency: references, statements against movements, quotations of what is held, control rows.

All of what stands now; each figure is one pass that spills to disk.
"""

from typing import Literal

from src.features.positions import MICRO
from src.features.valuation import FACE_VALUE_CLASSES
from src.quality.figures.consistency import Control, Presence, Reference, Statements
from src.quality.lineage import first_lines
from src.quality.session import STANDS, Book
from src.sources.staging.session import identifier, literal

_NAMED = 10
_REFERENCES = (
    ("prices", "product_id", "products"),
    ("transactions", "customer_id", "customers"),
    ("transactions", "product_id", "products"),
    ("balances", "customer_id", "customers"),
    ("balances", "product_id", "products"),
    ("questionnaires", "customer_id", "customers"),
    ("interactions", "customer_id", "customers"),
    ("labels", "customer_id", "customers"),
)


def references(book: Book) -> list[Reference]:
    """One figure per column that names a customer or a product, of tables that have such rows."""
    found = []
    for table, column, to in _REFERENCES:
        rows, orphans = book.row(
            f"SELECT coalesce(sum(n), 0), coalesce(sum(n) FILTER (k.name IS NULL), 0) FROM ("
            f"SELECT {column} AS name, count(*) AS n FROM {table} "
            f"WHERE {STANDS} AND {column} IS NOT NULL GROUP BY {column}) AS t "
            f"LEFT JOIN (SELECT DISTINCT {column} AS name FROM {to} WHERE {STANDS}) AS k "
            "USING (name)"
        )
        if not rows:
            continue
        lacking = (
            f"SELECT _row FROM {table} ANTI JOIN (SELECT {column} FROM {to} WHERE {STANDS}) "
            f"USING ({column}) WHERE {STANDS} AND {column} IS NOT NULL"
        )
        lines = first_lines(book, table, lacking) if orphans else ()
        found.append(Reference(table, column, to, int(rows), int(orphans), lines))
    return found


def statements(book: Book) -> list[Statements]:
    """Money and units of consecutive statements of one account (and product) against the movements
    in between, a statement covering all that occurred before it.

    What a statement is of (customer, account, product) is held as a 64-bit hash: two of ten
    million would fall together once in three hundred thousand ledgers.
    """
    if not book.row("SELECT count(*) FROM transactions")[0]:
        return []  # a source of balances alone: nothing to compare with
    book.run(f"CREATE OR REPLACE TEMP TABLE stated AS {_STATED}")
    book.run(
        "CREATE OR REPLACE TEMP TABLE reconciled AS SELECT s._row, s.units, "
        "s.level - s.before = coalesce(m.change, 0) AS agrees FROM stated AS s "
        f"LEFT JOIN ({_MOVED}) AS m USING (thing, stated_at) WHERE s.before IS NOT NULL"
    )
    counts = book.ask(
        "SELECT units, count(*), count(*) FILTER (agrees) FROM reconciled GROUP BY units "
        "ORDER BY units"
    )
    return [
        Statements(
            "units" if units else "money",
            compared,
            agreeing,
            first_lines(
                book,
                "balances",
                f"SELECT _row FROM reconciled WHERE NOT agrees AND units = {units}",
            ),
        )
        for units, compared, agreeing in counts
    ]


_THING = "hash(customer_id, coalesce(account_id, ''), {product})"
_STATED = f"""
SELECT _row, thing, stated_at, units, level,
    lag(level) OVER (PARTITION BY thing ORDER BY stated_at) AS before
FROM (
    SELECT _row, {_THING.format(product="coalesce(product_id, '')")} AS thing, as_of AS stated_at,
        product_id IS NOT NULL AS units,
        CASE WHEN product_id IS NULL THEN amount_minor
        ELSE CAST(round(quantity * {MICRO}) AS BIGINT) END AS level
    FROM balances WHERE {STANDS}
) WHERE level IS NOT NULL
"""
_MOVED = f"""
SELECT s.thing, s.stated_at, sum(m.change) AS change
FROM (
    SELECT {_THING.format(product="''")} AS thing, occurred_at AS moved_at, amount_minor AS change
    FROM transactions WHERE {STANDS}
    UNION ALL
    SELECT {_THING.format(product="product_id")}, occurred_at,
        CAST(round(quantity * {MICRO}) AS BIGINT)
    FROM transactions WHERE {STANDS} AND product_id IS NOT NULL AND quantity IS NOT NULL
) AS m ASOF JOIN stated AS s ON m.thing = s.thing AND m.moved_at < s.stated_at
GROUP BY s.thing, s.stated_at
"""


def presence(book: Book) -> list[Presence]:
    """Held products and their prices; currencies in use and their rates."""
    face = ", ".join(literal(name) for name in FACE_VALUE_CLASSES)
    products = (
        f"SELECT DISTINCT product_id AS name FROM (SELECT product_id FROM transactions WHERE "
        f"{STANDS} AND quantity IS NOT NULL UNION ALL SELECT product_id FROM balances "
        f"WHERE {STANDS} AND quantity IS NOT NULL) SEMI JOIN (SELECT product_id FROM products "
        f"WHERE asset_class NOT IN ({face})) USING (product_id)"
    )
    currencies = (
        f"SELECT DISTINCT currency AS name FROM (SELECT currency FROM transactions WHERE {STANDS} "
        f"UNION ALL SELECT currency FROM products WHERE {STANDS}) WHERE currency IS NOT NULL"
    )
    return [
        *_quoted(book, "price", products, "prices", "product_id"),
        *_quoted(book, "rate", currencies, "fx_rates", "currency"),
    ]


def _quoted(
    book: Book, what: Literal["price", "rate"], needed: str, table: str, column: str
) -> list[Presence]:
    total, present, missing = book.row(
        f"SELECT count(*), count(q.name), min(n.name, {_NAMED}) FILTER (q.name IS NULL) "
        f"FROM ({needed}) AS n LEFT JOIN (SELECT DISTINCT {identifier(column)} AS name "
        f"FROM {table} WHERE {STANDS}) AS q USING (name)"
    )
    if not total:
        return []
    return [Presence(what, total, present, tuple(missing or ()))]


def controls(book: Book) -> list[Control]:
    """One figure per delivery that a control file announced."""
    return [
        Control(file.file, file.rows, file.expected_rows)
        for file in book.account.files
        if file.expected_rows is not None
    ]
