"""A check of what rows are said to mean: expressions that can be computed, values with a meaning,
units, required columns."""

import re
from collections.abc import Iterator, Mapping

import duckdb

from src.core.errors import nearest
from src.core.schemas import LEDGER, Column
from src.privacy.mask import mask, masked_error
from src.privacy.origins import made_of
from src.sources.mapping.entries import Entry, Target
from src.sources.mapping.mapping import SourceMapping
from src.sources.onboarding.findings import Finding, Level, Section
from src.sources.onboarding.hints import money_unit
from src.sources.onboarding.looked import Looked
from src.sources.staging.session import identifier, literal

_SHOWN_VALUES = 5
_FILLED = ("source", "known_until", "imputed")


def check_entry(
    connection: duckdb.DuckDBPyConnection,
    mapping: SourceMapping,
    table: str,
    number: int,
    looked: Mapping[str, Looked],
) -> Section:
    """Findings about one entry of `tables`, computed over the relations that check_columns made of
    what was looked at."""
    entry = mapping.tables[table][number]
    title = f"tables.{table}[{number}]"
    if entry.file is None:
        return Section(title, (Finding("ok", "rows", f"{len(entry.rows)} in the mapping"),))
    title += f" of {entry.file}"
    source = _source(entry)
    findings = list(_expressions(connection, source, _parts(entry)))
    broken = {finding.subject for finding in findings}
    for column in LEDGER[table].columns:
        target = entry.columns.get(column.name)
        if target is not None and not broken & {f"columns.{column.name}", "join", "where"}:
            findings += _target(connection, mapping, source, entry, column, target)
    if not any(finding.level == "problem" for finding in findings):
        findings[:0] = [_mapped(table, entry), *_selected(connection, entry, looked)]
    return Section(title, tuple(findings))


def _mapped(table: str, entry: Entry) -> Finding:
    """How many of the ledger's columns the entry fills, and which it leaves empty."""
    offered = [c.name for c in LEDGER[table].columns if c.name not in _FILLED]
    left = [name for name in offered if name not in entry.columns]
    text = f"{len(offered) - len(left)} of {len(offered)} mapped, all can be computed"
    return Finding("ok", "columns", text + (f"; left empty: {', '.join(left)}" if left else ""))


def _selected(
    connection: duckdb.DuckDBPyConnection, entry: Entry, looked: Mapping[str, Looked]
) -> Iterator[Finding]:
    """Rows that `where` selects, and those that find a row of a joined file."""
    source = _source(entry)
    (rows,) = connection.execute(f"SELECT count(*) FROM {source}").fetchall()[0]
    if entry.where:
        whole = f"SELECT count(*) FROM {identifier(entry.file or '')}"
        (offered,) = connection.execute(whole).fetchall()[0]
        text = f"{rows:,} of {offered:,} looked at are meant"
        yield Finding("ok" if rows or not offered else "note", "where", text)
    for join in entry.join:
        found = f"SELECT count({identifier(join.file)}) FROM {source}"
        (matched,) = connection.execute(found).fetchall()[0]
        other = looked[join.file]
        text = f"{matched:,} of {rows:,} find a row of {join.file} (in {other.told})"
        if matched or not rows or not other.samples:
            level: Level = "note" if matched < rows and other.complete else "ok"
            yield Finding(level, "join", text)
        else:
            advice = f"compare the values on both sides of {dict(join.by)}"
            yield Finding("warning", "join", text, advice)


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
    return Section(f"identities[{number}] of {identity.file}", tuple(findings))


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
            text = f"{sql[:60]!r} can't be computed"
            yield Finding("problem", subject, text, masked_error(error))


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
        origins = made_of(mapping, entry, target)
        kinds = [mapping.files[file].columns[name].private for file, name in sorted(origins)]
        private = next(filter(None, kinds), None)
        yield from _values(connection, source, subject, target, private)
    meanings = (*(target.values or {}).values(), target.otherwise, target.constant)
    for meaning in meanings:
        if column.allowed and meaning is not None and str(meaning) not in column.allowed:
            advice = nearest(str(meaning), column.allowed)
            yield Finding("problem", subject, f"{meaning!r} is no such value", advice)
    if column.name == "amount_minor" and target.money:
        yield from _unit(mapping, entry, subject, target)


def _values(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    subject: str,
    target: Target,
    private: str | None,
) -> Iterator[Finding]:
    """Values of the sample that `values` does not list, by their shape if private."""
    known = ", ".join(literal(str(value)) for value in target.values or {})
    origin = f"CAST(({_origin(target)}) AS VARCHAR)"
    rows = connection.execute(
        f"SELECT {origin} AS value, count(*) AS n FROM {source} WHERE {origin} NOT IN ({known}) "
        "GROUP BY value ORDER BY n DESC, value"
    ).fetchall()
    if not rows:
        return
    shown = ", ".join(
        f"{mask(value, private) if private else repr(value)} ({count:,})"
        for value, count in rows[:_SHOWN_VALUES]
    )
    more = f" and {len(rows) - _SHOWN_VALUES} more" if len(rows) > _SHOWN_VALUES else ""
    if target.knows_all_values:
        meaning = "empty" if target.otherwise is None else target.otherwise
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
