"""SQL that turns rows of raw files into rows of a ledger table, each with the rule it breaks."""

from fractions import Fraction

from src.core.schemas import LEDGER, Column, Table
from src.sources.mapping import Entry, Join, Money, SourceMapping, Target
from src.sources.session import identifier, literal

SQL_TYPES = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "time": "TIMESTAMP"}
_SCALE = 10**6


def stage_sql(mapping: SourceMapping, table: str, entry: Entry, number: int) -> str:
    """SELECT of _entry, _line, _rule and the ledger columns of one entry.

    _rule is NULL for rows to keep. Orphans refer to the staged customers and products.
    """
    schema = LEDGER[table]
    rows = _rows_sql(schema, entry) if entry.rows else _file_sql(mapping, schema, entry)
    columns = ", ".join(identifier(c.name) for c in schema.columns)
    return (
        f"SELECT {number} AS _entry, _line, {_rule_sql(schema, entry)} AS _rule, {columns} "
        f"FROM ({rows})"
    )


def _rows_sql(schema: Table, entry: Entry) -> str:
    """The entry's own rows, numbered from 1."""
    parts = []
    for line, row in enumerate(entry.rows, start=1):
        values = {"source": "mapping", **row}
        picked = ", ".join(
            f"CAST({literal(values.get(c.name))} AS {SQL_TYPES[c.type]}) AS {identifier(c.name)}"
            for c in schema.columns
        )
        parts.append(f"SELECT {line} AS _line, false AS _superseded, false AS _no_rate, {picked}")
    return " UNION ALL ".join(parts)


def _file_sql(mapping: SourceMapping, schema: Table, entry: Entry) -> str:
    main = identifier(entry.file or "")
    joins = "".join(_join_sql(join) for join in entry.join)
    money = [t.money for t in entry.columns.values() if t.money and t.money.currency]
    rate = _rate_sql(mapping, main, money[0]) if money else ""
    no_rate = _no_rate_sql(mapping, money[0]) if money else "false"
    columns = ", ".join(
        f"CAST({_column_sql(mapping, entry, c)} AS {SQL_TYPES[c.type]}) AS {identifier(c.name)}"
        for c in schema.columns
    )
    rejects = "".join(
        f", coalesce({condition}, false) AS {identifier('_reject_' + rule)}"
        for rule, condition in entry.reject.items()
    )
    superseded, ordered = "false", ""
    if entry.keep_last:
        per = ", ".join(identifier(c) for c in entry.keep_last.per)
        keys = [f"({o}) AS _order{i}" for i, o in enumerate(entry.keep_last.order)]
        ordered = "".join(f", {key}" for key in keys)
        by = ", ".join([*(f"_order{i} DESC" for i in range(len(keys))), "_line DESC"])
        superseded = f"row_number() OVER (PARTITION BY {per} ORDER BY {by}) > 1"
    where = f" WHERE {entry.where}" if entry.where else ""
    source = f"(SELECT *{ordered} FROM {main}{where}) AS _main{joins}{rate}"
    return (
        f"SELECT _line, {superseded} AS _superseded, {no_rate} AS _no_rate, {columns}{rejects} "
        f"FROM {source}"
    )


def _join_sql(join: Join) -> str:
    """The other file as one struct of its name, so that `accounts.cust_no` reads a column of it
    and the main file's own names stay free."""
    keys = list(join.by)
    alias = identifier(join.file)
    where = f" WHERE {join.where}" if join.where else ""
    picked = ", ".join(f"{identifier(key)} AS {identifier(f'_{join.file}_{key}')}" for key in keys)
    equal = " AND ".join(
        f"({sql}) = {identifier(f'_{join.file}_{key}')}" for key, sql in join.by.items()
    )
    return f" LEFT JOIN (SELECT {picked}, {alias} FROM {alias}{where}) ON {equal}"


def _rate_sql(mapping: SourceMapping, main: str, money: Money) -> str:
    """The last rate known before the instant, for rows in another currency alone."""
    return (
        " LEFT JOIN (SELECT _fline, rate AS _rate FROM "
        f"(SELECT _line AS _fline, {money.currency} AS _ccy, {money.at} AS _at FROM {main} "
        f"WHERE {money.currency} <> {literal(mapping.base_currency)}) "
        "ASOF JOIN (SELECT currency, known_at, rate FROM stage_fx_rates WHERE _rule IS NULL) AS fx "
        "ON _ccy = fx.currency AND _at > fx.known_at) ON _line = _fline"
    )


def _no_rate_sql(mapping: SourceMapping, money: Money) -> str:
    return f"coalesce({money.currency} <> {literal(mapping.base_currency)}, true) AND _rate IS NULL"


def _column_sql(mapping: SourceMapping, entry: Entry, column: Column) -> str:
    target = entry.columns.get(column.name)
    if target is None:
        default = f"{mapping.name}/{entry.file}" if column.name == "source" else None
        return literal(default)
    if target.money:
        return _money_sql(mapping, target.money)
    if target.values is None:
        return origin_sql(target)
    cases = " ".join(
        f"WHEN {literal(str(value))} THEN {literal(meaning)}"
        for value, meaning in target.values.items()
    )
    other = f" ELSE {literal(target.otherwise)}" if target.otherwise is not None else ""
    empty = f"WHEN ({origin_sql(target)}) IS NULL THEN NULL "
    known = cases.replace("WHEN ", f"WHEN CAST(({origin_sql(target)}) AS VARCHAR) = ")
    return f"CASE {empty}{known}{other} END"


def origin_sql(target: Target) -> str:
    """The value before its meaning is looked up."""
    if target.from_ is not None:
        return ".".join(identifier(part) for part in target.from_.split("."))
    if target.expression is not None:
        return target.expression
    return literal(target.constant)


def _money_sql(mapping: SourceMapping, money: Money) -> str:
    """Exact: integers throughout, rounded half to even at the end. Rates have six decimals."""
    factor = Fraction(money.unit) * 100
    number = f"CAST(CAST({money.amount} AS DECIMAL(26,6)) * {_SCALE} AS HUGEINT)"
    plain = f"half_even({number} * {factor.numerator}, {_SCALE * factor.denominator}::HUGEINT)"
    if money.currency is None:
        return plain
    rate = f"CAST(round(_rate * {_SCALE}) AS HUGEINT)"
    converted = (
        f"half_even({number} * {factor.numerator} * {rate}, "
        f"{_SCALE * _SCALE * factor.denominator}::HUGEINT)"
    )
    base = literal(mapping.base_currency)
    return f"CASE WHEN {money.currency} = {base} THEN {plain} ELSE {converted} END"


def _rule_sql(schema: Table, entry: Entry) -> str:
    """CASE that names the first rule a row breaks, NULL if none."""
    cases = ["WHEN _superseded THEN 'superseded'"]
    cases += [f"WHEN {identifier('_reject_' + rule)} THEN {literal(rule)}" for rule in entry.reject]
    cases.append("WHEN _no_rate THEN 'no_exchange_rate'")
    names = {c.name for c in schema.columns}
    if schema.name != "customers" and "customer_id" in names:
        cases.append(
            "WHEN customer_id IS NULL OR customer_id NOT IN "
            "(SELECT customer_id FROM stage_customers WHERE _rule IS NULL) THEN 'orphan_customer'"
        )
    if schema.name != "products" and "product_id" in names:
        cases.append(
            "WHEN product_id IS NOT NULL AND product_id NOT IN "
            "(SELECT product_id FROM stage_products WHERE _rule IS NULL) THEN 'orphan_product'"
        )
    for column in schema.columns:
        cases += _limits_sql(column)
    return f"CASE {' '.join(cases)} END"


def _limits_sql(column: Column) -> list[str]:
    name, cases = identifier(column.name), []
    if column.required:
        cases.append(f"WHEN {name} IS NULL THEN {literal('missing_' + column.name)}")
    if column.allowed:
        allowed = ", ".join(literal(value) for value in column.allowed)
        cases.append(f"WHEN {name} NOT IN ({allowed}) THEN {literal('not_allowed_' + column.name)}")
    limits = [(column.low, "<"), (column.high, ">")]
    for limit, sign in limits:
        if limit is not None:
            rule = literal("out_of_range_" + column.name)
            cases.append(f"WHEN {name} {sign} {literal(limit)} THEN {rule}")
    return cases
