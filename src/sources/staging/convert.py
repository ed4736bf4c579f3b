"""SQL that turns rows of raw files into staged rows of a ledger table."""

from src.core.schemas import LEDGER, Column
from src.sources.mapping.entries import Entry, Target
from src.sources.staging.amounts import foreign_money, money_sql, no_rate, rate_join
from src.sources.staging.arrival import arrived_sql, known_at_sql
from src.sources.staging.joins import join_sql
from src.sources.staging.session import identifier, identifiers, literal
from src.sources.staging.work import MAPPED_ROWS, Work

SQL_TYPES = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "time": "TIMESTAMP"}
# What every staged row carries before its ledger columns.
STAGED = {
    "_id": "BIGINT",
    "_entry": "INTEGER",
    "_row": "BIGINT",
    "_file": "VARCHAR",
    "_line": "BIGINT",
    "_delivered": "TIMESTAMP",
    "_arrived": "TIMESTAMP",
    "_unreadable": "VARCHAR[]",
    "_declared": "TIMESTAMP",
    "_cancels": "BOOLEAN",
    "_no_rate": "BOOLEAN",
    "_rule": "VARCHAR",
}
# _id is _row beside the entry's number; no file has so many rows.
_ENTRY_SHIFT = 44
_FILLED = ("known_until", "imputed")


def mapped_columns(table: str) -> list[Column]:
    """The ledger columns of a table that staging fills."""
    return [c for c in LEDGER[table].columns if c.name not in _FILLED]


def stage_sql(work: Work, table: str, entry: Entry, number: int) -> str:
    """SELECT of the columns STAGED, the ledger columns and the entry's `aside` of one entry.

    _declared is known_at as the mapping has it, known_at that of src.sources.arrival. _rule is the
    rule of the entry that a row breaks, NULL for the others.
    """
    rows = _rows_sql(table, entry) if entry.rows else _file_sql(work, table, entry, number)
    columns = identifiers([c.name for c in mapped_columns(table)] + list(entry.aside))
    return (
        f"SELECT _row + ({number}::BIGINT << {_ENTRY_SHIFT}) AS _id, {number} AS _entry, _row, "
        f"_file, _line, _delivered, _arrived, _unreadable, _declared, _cancels, _no_rate, "
        f"{_rule_sql(entry)} AS _rule, {columns} FROM ({rows})"
    )


def _rows_sql(table: str, entry: Entry) -> str:
    """The entry's own rows, numbered from 1."""
    parts = []
    for line, row in enumerate(entry.rows, start=1):
        values = {"source": MAPPED_ROWS, **row}
        picked = ", ".join(
            f"CAST({literal(values.get(c.name))} AS {SQL_TYPES[c.type]}) AS {identifier(c.name)}"
            for c in mapped_columns(table)
        )
        parts.append(
            f"SELECT {line} AS _row, {literal(MAPPED_ROWS)} AS _file, {line} AS _line, "
            "NULL::TIMESTAMP AS _delivered, NULL::TIMESTAMP AS _arrived, "
            "NULL::VARCHAR[] AS _unreadable, false AS _cancels, false AS _no_rate, "
            f"NULL::TIMESTAMP AS _declared, {picked}"
        )
    return " UNION ALL ".join(parts)


def _file_sql(work: Work, table: str, entry: Entry, number: int) -> str:
    main, where = identifier(entry.file or ""), f"tables.{table}[{number}]"
    joins = "".join(join_sql(work, where, join) for join in entry.join)
    money = foreign_money(entry)
    if money:
        joins += rate_join(work.mapping, main, money)
    declared = _typed(work, entry, LEDGER[table].column("known_at"))
    known_at, stamps = known_at_sql(work, entry.file or "", declared, entry.join)
    if entry.cancels and entry.join:  # a withdrawal needs its key, not whose it is
        alone, _ = known_at_sql(work, entry.file or "", declared)
        known_at = f"CASE WHEN coalesce({entry.cancels}, false) THEN {alone} ELSE {known_at} END"
    picked = [
        "_row, _file, _line, _main._delivered AS _delivered",
        f"{_unreadable_sql(entry)} AS _unreadable",
        f"{arrived_sql(work, entry.join)} AS _arrived",
        f"{declared} AS _declared",
        f"coalesce({entry.cancels or 'false'}, false) AS _cancels",
        f"{no_rate(work.mapping, money) if money else 'false'} AS _no_rate",
    ]
    for column in mapped_columns(table):
        sql = known_at if column.name == "known_at" else _typed(work, entry, column)
        picked.append(f"{sql} AS {identifier(column.name)}")
    picked += [f"({sql}) AS {identifier(name)}" for name, sql in entry.aside.items()]
    picked += [
        f"coalesce({sql}, false) AS {identifier('_reject_' + rule)}"
        for rule, sql in entry.reject.items()
    ]
    picked += [f"_main.{identifier(c)} AS {identifier('_per_' + c)}" for c in _per(entry)]
    ordered = ""
    if entry.keep_last:
        keys = [f"({order}) AS _order{i}" for i, order in enumerate(entry.keep_last.order)]
        picked += [f"_order{i}" for i in range(len(keys))]
        ordered = "".join(f", {key}" for key in keys)
    selected = f" WHERE {entry.where}" if entry.where else ""
    return (
        f"SELECT {', '.join(picked)} "
        f"FROM (SELECT *{ordered} FROM {main}{selected}) AS _main{stamps}{joins}"
    )


def staged_name(entry: Entry, file: str, column: str) -> str:
    """How staged rows name a raw column in _unreadable: of a joined file behind the file's name."""
    return column if file == entry.file else f"{file}.{column}"


def _unreadable_sql(entry: Entry) -> str:
    """The raw columns of the row and of those joined to it that can't be read; NULL if none."""
    if not entry.join:
        return "_unreadable"
    lists = {"_unreadable": "coalesce(_unreadable, [])"}
    for join in entry.join:
        found = f"{identifier(join.file)}._unreadable"
        lists[found] = (
            f"[{literal(join.file + '.')} || c for c in coalesce({found}, [])]::VARCHAR[]"
        )
    some = " OR ".join(f"{found} IS NOT NULL" for found in lists)
    return f"CASE WHEN {some} THEN list_concat({', '.join(lists.values())}) END"


def _per(entry: Entry) -> tuple[str, ...]:
    return (*entry.distinct, *(entry.keep_last.per if entry.keep_last else ()))


def _typed(work: Work, entry: Entry, column: Column) -> str:
    return f"CAST({_column_sql(work, entry, column)} AS {SQL_TYPES[column.type]})"


def _column_sql(work: Work, entry: Entry, column: Column) -> str:
    target = entry.columns.get(column.name)
    if target is None:
        default = f"{work.mapping.name}/{entry.file}" if column.name == "source" else None
        return literal(default)
    if target.money:
        return money_sql(work.mapping, target.money)
    if target.system is not None:
        return f"{literal(target.system + ':')} || CAST(({_origin_sql(target)}) AS VARCHAR)"
    return _origin_sql(target) if target.values is None else _meaning_sql(target)


def _meaning_sql(target: Target) -> str:
    """CASE over the texts that a raw value may have; an empty one stays empty."""
    known = " ".join(
        f"WHEN {literal(str(value))} THEN {literal(meaning)}"
        for value, meaning in (target.values or {}).items()
    )
    origin = _origin_sql(target)
    return (
        f"CASE WHEN ({origin}) IS NOT NULL THEN CASE CAST(({origin}) AS VARCHAR) {known} "
        f"ELSE {literal(target.otherwise)} END END"
    )


def _origin_sql(target: Target) -> str:
    """The value before its meaning is looked up."""
    if target.from_ is not None:
        return ".".join(identifier(part) for part in target.from_.split("."))
    if target.expression is not None:
        return target.expression
    return literal(target.constant)


def _rule_sql(entry: Entry) -> str:
    """CASE that names the first rule of the entry that a row breaks, NULL if none. A row that
    cancels says nothing of its own: it is neither rejected nor in the place of another."""
    cases, kind = [], ", _cancels" if entry.cancels else ""
    if entry.keep_last:
        order = [f"_order{i} DESC" for i in range(len(entry.keep_last.order))]
        per = identifiers(f"_per_{c}" for c in entry.keep_last.per)
        by = ", ".join([*order, "_row DESC"])
        cases.append(
            f"WHEN row_number() OVER (PARTITION BY {per}{kind} ORDER BY {by}) > 1 THEN 'superseded'"
        )
    if entry.distinct:
        per = identifiers(f"_per_{c}" for c in entry.distinct)
        cases.append(
            f"WHEN row_number() OVER (PARTITION BY {per}{kind} ORDER BY _delivered NULLS FIRST, "
            "_declared, _row) > 1 THEN 'repeated'"
        )
    stands = " AND NOT _cancels" if entry.cancels else ""
    cases += [
        f"WHEN {identifier('_reject_' + rule)}{stands} THEN {literal(rule)}"
        for rule in entry.reject
    ]
    return f"CASE {' '.join(cases)} END" if cases else "NULL::VARCHAR"
