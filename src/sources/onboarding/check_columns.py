"""A check of one file's columns: how each is understood, and what would fit better."""

import duckdb

from src.core.errors import SourceError, nearest
from src.privacy.mask import mask
from src.sources.mapping.mapping import SourceMapping
from src.sources.mapping.raw_files import RawColumn, RawFile
from src.sources.onboarding.findings import Finding, Level
from src.sources.onboarding.guesses import (
    best_style,
    count_readable,
    differing,
    empty_mark,
    guess_column,
)
from src.sources.onboarding.hints import ledger_column, private_kind
from src.sources.onboarding.looked import ROWS, Looked, make_relation, register_rows
from src.sources.reading.parse import Reading, read_text_column, read_typed_column
from src.sources.reading.read_jsonl import FEW_ROWS
from src.sources.reading.unreadable import ENOUGH_VALUES
from src.sources.staging.limits import read_columns
from src.sources.staging.session import first_row, identifier

_SHOWN_EXAMPLES = 3
_FEW_VALUES = 6


def check_columns(
    connection: duckdb.DuckDBPyConnection,
    mapping: SourceMapping,
    name: str,
    looked: Looked,
    most_unreadable: float,
) -> list[Finding]:
    """Findings about the columns of files.<name>, and the relation `name` of what was looked at,
    typed as integration will have it. most_unreadable: the share of a column's values beyond which
    integration stops."""
    file = mapping.files[name]
    entries = [entry for some in mapping.tables.values() for entry in some]
    read = {place for entry in entries for place in read_columns(mapping, entry)}
    found = register_rows(connection, looked)
    findings, readings = [], []
    for column, spec in file.columns.items():
        if column not in found:
            if found:
                findings.append(_missing(file, column, list(found), looked))
            continue
        try:
            reading = _reading(column, spec, found[column], file)
        except SourceError as error:
            text = str(error).split(": ", 1)[-1]
            findings.append(Finding("problem", column, text))
            continue
        readings.append(reading)
        rule = f"unreadable_{column}" if (name, column) in read else None
        findings.append(_column(connection, reading, most_unreadable, rule))
    findings += [_unmapped(connection, c, found[c]) for c in found if _is_unmapped(file, c)]
    make_relation(connection, name, file, readings)
    return findings


def _reading(column: str, spec: RawColumn, found: str, file: RawFile) -> Reading:
    if file.format in ("csv", "jsonl"):
        return read_text_column(column, spec)
    return read_typed_column(column, spec, found, file.path)


def _is_unmapped(file: RawFile, column: str) -> bool:
    return column not in file.columns and column not in file.ignored


def _column(
    connection: duckdb.DuckDBPyConnection,
    reading: Reading,
    most_unreadable: float,
    rule: str | None,
) -> Finding:
    """How one column is understood. rule: of rows in which it can't be read; None: no table reads
    it."""
    found = first_row(
        connection,
        f"SELECT count(*) FILTER ({reading.fault}), count(*) FILTER ({reading.counted}), "
        f"count(*) - count({reading.raw}), count(*) FROM {ROWS}",
    )
    faults, counted, empty, rows = found or (0, 0, 0, 0)
    what = reading.spec.type + (f" {reading.spec.format}" if reading.spec.format else "")
    if faults:
        found_in = f"{faults:,} of {counted:,}"
        level, then = becomes(faults, counted, most_unreadable, rule)
        return _not_understood(connection, reading, what, found_in, level, then)
    share = f"{_percent(empty, rows)} empty" if rows else "no rows"
    text = f"{what}, {share}"
    if empty == rows:
        return Finding("note" if rows else "ok", reading.name, text)
    if reading.others:
        other = f"count(*) FILTER ({reading.value} IS NULL AND {reading.typed} IS NOT NULL)"
        count = first_row(connection, f"SELECT {other} FROM {ROWS}") or (0,)
        text += f", {count[0]:,} by {' or '.join(reading.others)}"
    advice = ""
    kind = private_kind(reading.name)
    if kind and reading.spec.private is None:
        advice = f"if it identifies a person, write private: {kind}"
    return Finding("ok", reading.name, f"{text}, {_content(connection, reading)}", advice)


def becomes(faults: int, values: int, most: float, rule: str | None) -> tuple[Level, str]:
    """The level of faults among values, and what becomes of them. Above the share `most`
    integration stops; of few values it takes any share, but if half of them are at fault it is
    the declaration that is wrong."""
    few = values < ENOUGH_VALUES
    too_many = 2 * faults >= values if few else faults > most * values
    level: Level = "problem" if too_many else "warning"
    stops = too_many and not few
    if stops:
        return level, "integration would stop"
    return level, f"to quarantine as {rule}" if rule else "left empty, for no table reads it"


def _percent(part: int, whole: int) -> str:
    """A share in words that never rounds some to none, nor most to all."""
    share = round(100 * part / whole)
    if part and not share:
        return "under 1%"
    return "over 99%" if part < whole and share == 100 else f"{share}%"


def _content(connection: duckdb.DuckDBPyConnection, reading: Reading) -> str:
    """Range or examples, masked if private."""
    value = reading.typed
    if reading.spec.type != "string":
        plain = {"date": "DATE", "decimal": "DOUBLE"}.get(reading.spec.type, "")
        shown = f"CAST({value} AS {plain})" if plain else value
        row = connection.execute(f"SELECT min({shown}), max({shown}) FROM {ROWS}").fetchall()[0]
        return f"{row[0]} to {row[1]}" if not reading.spec.private else "private"
    rows = connection.execute(
        f"SELECT {value}, count(*) AS n FROM {ROWS} WHERE {value} IS NOT NULL GROUP BY 1 "
        "ORDER BY n DESC, 1"
    ).fetchall()
    private = reading.spec.private
    texts = dict.fromkeys(mask(text, private) if private else _short(text) for text, _ in rows)
    some = list(texts)[: _FEW_VALUES if len(texts) <= _FEW_VALUES else _SHOWN_EXAMPLES]
    such = "such as " if len(some) < len(rows) else ""
    return f"{len(rows)} different, {such}{', '.join(some)}"


def _short(text: str) -> str:
    return repr(text if len(text) <= 30 else text[:29] + "…")


def _texts(connection: duckdb.DuckDBPyConnection, raw: str, unread: str = "true") -> list[str]:
    rows = connection.execute(
        f"SELECT CAST({raw} AS VARCHAR) FROM {ROWS} WHERE {raw} IS NOT NULL AND {unread}"
    ).fetchall()
    return [text for (text,) in rows]


def _not_understood(
    connection: duckdb.DuckDBPyConnection,
    reading: Reading,
    what: str,
    found: str,
    level: Level,
    then: str,
) -> Finding:
    """What can't be read, what becomes of it, and the declaration that would read more."""
    wrong = _texts(connection, reading.raw, f"{reading.typed} IS NULL")
    if wrong:
        private = reading.spec.private
        shown = mask(wrong[0], private) if private else _short(wrong[0])
        text = f"{what}: {found} values can't be read, such as {shown}: {then}"
        advice = _advice(connection, reading.spec, reading, wrong)
    else:
        text = f"{what}: required, but {found} are empty: {then}"
        advice = "leave 'required' out if it may be empty, or have the file delivered anew"
    return Finding(level, reading.name, text, advice)


def _advice(
    connection: duckdb.DuckDBPyConnection, spec: RawColumn, reading: Reading, wrong: list[str]
) -> str:
    mark = empty_mark(wrong)
    if mark and all(text == mark for text in wrong):
        return f"if {mark!r} means empty, set empty: {mark!r} of the file"
    texts = _texts(connection, reading.raw)
    kinds = {"date": ["date", "time"], "time": ["time", "date"], "integer": ["integer", "decimal"]}
    for kind in kinds.get(spec.type, [spec.type]):
        style, _ = best_style(connection, wrong, kind)
        both, rest = count_readable(connection, texts, [style])[0], len(texts)
        change = ", ".join(f"{key}: {value!r}" for key, value in differing(style, spec).items())
        if both == rest:
            return f"set {change}"
        if count_readable(connection, wrong, [style])[0] == len(wrong) and style.format:
            return f"add formats: {{other_format: {style.format!r}}}, which reads all of these"
        if both > rest - len(wrong) and change:
            return f"set {change}, which reads {both:,} of {rest:,}"
    return "correct the values, or read the column as type string"


def _missing(file: RawFile, column: str, found: list[str], looked: Looked) -> Finding:
    free = [name for name in found if _is_unmapped(file, name)]
    advice = nearest(column, free or found)
    rows = sum(sample.rows.num_rows for _, sample in looked.samples)
    if file.format == "jsonl" and (not looked.complete or rows < FEW_ROWS):
        text = f"no such key in {looked.told}; rows may leave out what is empty"
        return Finding("warning", column, text, advice if free else "")
    return Finding("problem", column, "the file has no such column", advice)


def _unmapped(connection: duckdb.DuckDBPyConnection, column: str, found: str) -> Finding:
    """A column of the file that is not declared: what it seems to be."""
    texts = _texts(connection, identifier(column))
    guess = guess_column(connection, column, texts) if found == "VARCHAR" else None
    if guess is None:
        what = found
    else:
        keys = differing(guess, RawColumn())
        what = ", ".join(f"{key}: {value!r}" for key, value in keys.items()) or "type: 'string'"
    private, target = private_kind(column), ledger_column(column)
    ideas = [f"private: {private}"] if private else []
    ideas += [f"perhaps {target}"] if target else []
    told = f"; {', '.join(ideas)}" if ideas else ""
    advice = f"map it under 'columns' ({{{what}}}{told}) or list it under 'ignored'"
    return Finding("problem", column, "in the file, but not in the mapping", advice)
