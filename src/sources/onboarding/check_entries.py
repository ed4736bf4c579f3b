"""A check of what rows are said to mean: expressions that can be computed, values with a meaning,
units, required columns."""

import re
from collections.abc import Iterator

import duckdb

from src.core.errors import nearest
from src.core.schemas import LEDGER, Column
from src.sources.mapping.entries import Entry, Target
from src.sources.mapping.mapping import SourceMapping
from src.sources.onboarding.findings import Finding, Section
from src.sources.onboarding.hints import money_unit
from src.sources.staging.session import identifier, literal, reason

_SHOWN_VALUES = 5
_FILLED = ("source", "known_until", "imputed")


def check_entry(
    connection: duckdb.DuckDBPyConnection, mapping: SourceMapping, table: str, number: int
) -> Section:
    """Findings about one entry of `tables`, computed over the relations that check_columns made."""
    entry = mapping.tables[table][number]
    title = f"tables.{table}[{number}]"
    if entry.file is None:
        return Section(title, (Finding("ok", "rows", f"{len(entry.rows)} in the mapping"),))
    source = _source(entry)
    findings = list(_expressions(connection, source, _parts(entry)))
    broken = {finding.subject for finding in findings}
    for column in LEDGER[table].columns:
        target = entry.columns.get(column.name)
        if target is not None and not broken & {f"columns.{column.name}", "join", "where"}:
            findings += _target(connection, mapping, source, entry, column, target)
    if not any(finding.level == "problem" for finding in findings):
        offered = len(LEDGER[table].columns) - len(_FILLED)
        text = f"{len(entry.columns)} of {offered} mapped, all can be computed"
        findings.insert(0, Finding("ok", "columns", text))
    return Section(title, tuple(findings))


def check_identity(
    connection: duckdb.DuckDBPyConnection, mapping: SourceMapping, number: int
) -> Section:
    """Findings about one entry of `identities`."""
    identity = mapping.identities[number]
    compared = ("name", "phone", "address", "id_number", "email", "birth_date", "account")
    keys = ("kind", *compared, "known_at")
    parts = [(key, getattr(identity, key)) for key in keys if getattr(identity, key)]
    findings = list(_expressions(connection, identifier(identity.file), parts))
    told = ", ".join(key for key, _ in parts if key in compared) or "nothing to compare"
    findings = findings or [Finding("ok", identity.system, f"told: {told}")]
    return Section(f"identities[{number}]", tuple(findings))


def _source(entry: Entry) -> str:
    """The entry's rows with the joined files beside them, each as one struct."""
    joins = ""
    for join in entry.join:
        alias = identifier(join.file)
        picked = ", ".join(f"{identifier(k)} AS {identifier(f'_{join.file}_{k}')}" for k in join.by)
        equal = " AND ".join(
            f"({sql}) = {identifier(f'_{join.file}_{key}')}" for key, sql in join.by.items()
        )
        where = f" WHERE {join.where}" if join.where else ""
        joins += f" LEFT JOIN (SELECT {picked}, {alias} FROM {alias}{where}) ON {equal}"
    where = f" WHERE {entry.where}" if entry.where else ""
    return f"(SELECT * FROM {identifier(entry.file or '')}{where}) AS _main{joins}"


def _parts(entry: Entry) -> list[tuple[str, str]]:
    """Key and SQL of everything that the entry computes."""
    parts = [("join" if entry.join else "where", "1")]
    for column, target in entry.columns.items():
        parts.append((f"columns.{column}", _origin(target)))
        if target.money and target.money.currency:
            parts.append((f"columns.{column}", target.money.currency))
            parts.append((f"columns.{column}", str(target.money.at)))
    parts += [(f"reject.{rule}", sql) for rule, sql in entry.reject.items()]
    parts += [(f"aside.{name}", sql) for name, sql in entry.aside.items()]
    parts += [
        ("keep_last.order", sql) for sql in (entry.keep_last.order if entry.keep_last else ())
    ]
    return parts + ([("cancels", entry.cancels)] if entry.cancels else [])


def _origin(target: Target) -> str:
    """The value before its meaning is looked up."""
    if target.from_ is not None:
        return ".".join(identifier(part) for part in target.from_.rsplit(".", 1))
    if target.money is not None:
        return target.money.amount
    return target.expression or literal(target.constant)


def _expressions(
    connection: duckdb.DuckDBPyConnection, source: str, parts: list[tuple[str, str]]
) -> Iterator[Finding]:
    for subject, sql in parts:
        try:
            connection.execute(
                f"SELECT count(x) FROM (SELECT ({sql}) AS x FROM {source})"
            ).fetchall()
        except duckdb.Error as error:
            yield Finding("problem", subject, f"{sql[:60]!r} can't be computed", reason(error))


def _target(
    connection: duckdb.DuckDBPyConnection,
    mapping: SourceMapping,
    source: str,
    entry: Entry,
    column: Column,
    target: Target,
) -> Iterator[Finding]:
    subject = f"columns.{column.name}"
    if target.values is not None:
        yield from _values(connection, source, subject, target)
    meanings = (*(target.values or {}).values(), target.otherwise, target.constant)
    for meaning in meanings:
        if column.allowed and meaning is not None and str(meaning) not in column.allowed:
            advice = nearest(str(meaning), column.allowed)
            yield Finding("problem", subject, f"{meaning!r} is no such value", advice)
    if column.required and target.constant is None:
        query = f"SELECT count(*), count({_origin(target)}) FROM {source}"
        rows, given = connection.execute(query).fetchall()[0]
        if given < rows and target.from_ is not None and "." not in target.from_:
            text = f"empty in {rows - given:,} of {rows:,} rows, though the ledger needs it"
            yield Finding("note", subject, text, f"those go to quarantine as missing_{column.name}")
    if column.name == "amount_minor" and target.money:
        yield from _unit(mapping, entry, subject, target)


def _values(
    connection: duckdb.DuckDBPyConnection, source: str, subject: str, target: Target
) -> Iterator[Finding]:
    """Values of the sample that `values` does not list."""
    known = ", ".join(literal(str(value)) for value in target.values or {})
    origin = f"CAST(({_origin(target)}) AS VARCHAR)"
    rows = connection.execute(
        f"SELECT {origin} AS value, count(*) AS n FROM {source} WHERE {origin} NOT IN ({known}) "
        "GROUP BY value ORDER BY n DESC, value"
    ).fetchall()
    if not rows:
        return
    shown = ", ".join(f"{value!r} ({count:,})" for value, count in rows[:_SHOWN_VALUES])
    more = f" and {len(rows) - _SHOWN_VALUES} more" if len(rows) > _SHOWN_VALUES else ""
    if target.knows_all_values:
        meaning = target.otherwise or "empty"
        yield Finding("note", subject, f"by 'otherwise' as {meaning}: {shown}{more}")
    else:
        text = f"values without meaning: {shown}{more}"
        yield Finding("problem", subject, text, "add them to 'values', or give 'otherwise'")


def _unit(mapping: SourceMapping, entry: Entry, subject: str, target: Target) -> Iterator[Finding]:
    """An amount whose name tells of another unit than is declared."""
    money = target.money
    columns = mapping.files[entry.file or ""].columns
    for word in re.findall(r"\w+", money.amount if money else ""):
        told = money_unit(word) if word in columns else None
        if money and told and told != money.unit:
            text = f"{word!r} sounds like units of {told}, but the unit is {money.unit}"
            yield Finding("note", subject, text, f"check it, and set unit: {told!r} if so")
