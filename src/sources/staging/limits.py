"""What a row must hold to enter the ledger: readable, of somebody known, within the schema."""

from collections.abc import Iterable

from src.core.schemas import LEDGER, Column
from src.privacy.origins import RawPlace, made_of, named_by
from src.sources.mapping.entries import Entry, Target
from src.sources.mapping.mapping import SourceMapping
from src.sources.staging.convert import staged_name
from src.sources.staging.rules import CHANGES
from src.sources.staging.session import identifier, literal
from src.sources.staging.work import Work


def mark_faulty(work: Work, table: str) -> None:
    """Set _rule of kept rows that break a limit: the first of unreadable_<column>,
    no_exchange_rate, known_after_delivery, orphan_product, missing_, not_allowed_ and
    out_of_range_<column>. Rows that cancel need their key and known_at only."""
    _mark_unreadable(work, table)
    schema = LEDGER[table]
    if table != "products" and "product_id" in {column.name for column in schema.columns}:
        _await_products(work, table)
    cases = []
    if "amount_minor" in {column.name for column in schema.columns}:
        cases.append("WHEN _no_rate AND amount_minor IS NULL THEN 'no_exchange_rate'")
    cases.append("WHEN known_at >= _arrived THEN 'known_after_delivery'")
    if table != "products" and "product_id" in {column.name for column in schema.columns}:
        cases.append(
            "WHEN product_id IS NOT NULL AND product_id NOT IN "
            "(SELECT product_id FROM stage_products WHERE _rule IS NULL) THEN 'orphan_product'"
        )
    # whose a row is, mark_orphans tells
    limited = [c for c in schema.columns if table == "customers" or c.name != "customer_id"]
    needed = [case for c in limited if c.name in schema.version_key for case in _limits(c)]
    others = [case for c in limited for case in _limits(c)]
    verdict = (
        f"CASE WHEN _cancels THEN CASE {' '.join(needed)} END "
        f"ELSE CASE {' '.join([*cases, *others])} END END"
    )
    work.connection.execute(
        f"UPDATE stage_{table} SET _rule = found._rule FROM (SELECT _id, {verdict} AS _rule "
        f"FROM stage_{table} WHERE _rule IS NULL) AS found "
        f"WHERE stage_{table}._id = found._id AND found._rule IS NOT NULL"
    )


def mark_orphans(work: Work, table: str) -> None:
    """Set _rule of kept rows of nobody: a reference that is no member of a customer."""
    work.connection.execute(
        f"UPDATE stage_{table} SET _rule = 'orphan_customer' WHERE _rule IS NULL AND NOT _cancels "
        "AND (customer_id IS NULL OR customer_id NOT IN (SELECT reference FROM membership))"
    )


def _await_products(work: Work, table: str) -> None:
    """A row whose product came with a later delivery was an orphan until then: it is known from
    the last instant before that delivery. Makes awaited_<table> (_id, known_at, known_until): while
    it was one."""
    work.connection.execute(
        f"CREATE TABLE awaited_{table} AS SELECT _id, known_at, stamp, "
        "stamp - INTERVAL 1 MICROSECOND AS known_until "
        f"FROM stage_{table} JOIN (SELECT product_id, min(_arrived) AS stamp FROM stage_products "
        "WHERE _rule IS NULL GROUP BY product_id HAVING count(_arrived) = count(*)) "
        "USING (product_id) WHERE _rule IS NULL AND NOT _cancels AND known_at IS NOT NULL "
        "AND stamp > _arrived"
    )
    work.connection.execute(
        f"UPDATE stage_{table} SET _arrived = a.stamp, known_at = greatest(a.known_at, "
        f"a.known_until) FROM awaited_{table} AS a WHERE stage_{table}._id = a._id"
    )


def _mark_unreadable(work: Work, table: str) -> None:
    """Rows with a raw column that the entry reads and that can't be read as declared, unless rules
    corrected every ledger column that comes of it; of rows that cancel, their key and known_at."""
    key = set(LEDGER[table].version_key)
    for number, entry in enumerate(work.entries_of(table)):
        found = work.connection.execute(
            f"SELECT DISTINCT unnest(_unreadable) FROM stage_{table} WHERE _entry = {number}"
        ).fetchall()
        for (file, raw), columns in read_columns(work.mapping, entry).items():
            staged = staged_name(entry, file, raw)
            if (staged,) not in found:
                continue
            healed = " AND ".join(
                f"_id IN (SELECT _id FROM {CHANGES} WHERE _table = {literal(table)} "
                f"AND kind = 'corrected' AND column_name = {literal(column)})"
                for column in columns
            )
            work.connection.execute(
                f"UPDATE stage_{table} SET _rule = {literal('unreadable_' + raw)} "
                f"WHERE _entry = {number} AND _rule IS NULL "
                f"AND list_contains(_unreadable, {literal(staged)})"
                + (f" AND NOT ({healed})" if columns else "")
                + (" AND NOT _cancels" if columns and not key & set(columns) else "")
            )


def read_columns(mapping: SourceMapping, entry: Entry) -> dict[RawPlace, list[str]]:
    """The raw columns that the entry reads, of its own file and of joined ones, each with the
    ledger columns that come of it; none where it also selects or joins rows, or only judges
    them. `aside` columns are left out: rules find them empty."""
    if entry.file is None:
        return {}
    found: dict[RawPlace, list[str]] = {}
    for column, target in entry.columns.items():
        for place in sorted(_read_for(mapping, entry, target)):
            found.setdefault(place, []).append(column)
    judging = [*entry.reject.values(), *(entry.keep_last.order if entry.keep_last else ())]
    for place in _named(mapping, entry, judging):
        found.setdefault(place, [])
    for column in (*entry.distinct, *(entry.keep_last.per if entry.keep_last else ())):
        found.setdefault((entry.file, column), [])
    keys = [sql for join in entry.join for sql in join.by.values()]
    for place in _named(mapping, entry, [entry.where, entry.cancels, *keys]):
        found[place] = []
    return found


def _read_for(mapping: SourceMapping, entry: Entry, target: Target) -> set[RawPlace]:
    """What the value of a ledger column depends on, conditions included."""
    if target.from_ is not None:
        return made_of(mapping, entry, target)
    money = target.money
    parts = [target.expression, *((money.amount, money.currency) if money else ())]
    return _named(mapping, entry, parts)


def _named(
    mapping: SourceMapping, entry: Entry, expressions: Iterable[str | None]
) -> set[RawPlace]:
    return {place for sql in expressions if sql for place in named_by(mapping, entry, sql)}


def _limits(column: Column) -> list[str]:
    name, cases = identifier(column.name), []
    if column.required:
        cases.append(f"WHEN {name} IS NULL THEN {literal('missing_' + column.name)}")
    if column.allowed:
        allowed = ", ".join(literal(value) for value in column.allowed)
        cases.append(f"WHEN {name} NOT IN ({allowed}) THEN {literal('not_allowed_' + column.name)}")
    for limit, sign in ((column.low, "<"), (column.high, ">")):
        if limit is not None:
            rule = literal("out_of_range_" + column.name)
            cases.append(f"WHEN {name} {sign} {literal(limit)} THEN {rule}")
    return cases
