"""A check of one file's columns: how each is understood, and what would fit better."""

import duckdb
import pyarrow as pa

from src.core.errors import SourceError, nearest
from src.privacy.mask import mask
from src.sources.mapping.mapping import SourceMapping
from src.sources.mapping.raw_files import RawColumn, RawFile
from src.sources.onboarding.findings import Finding
from src.sources.onboarding.guesses import (
    best_style,
    count_readable,
    differing,
    empty_mark,
    guess_column,
)
from src.sources.onboarding.hints import ledger_column, private_kind
from src.sources.onboarding.sample import Sample
from src.sources.reading.parse import SQL_TYPES, Reading, read_text_column, read_typed_column
from src.sources.staging.session import first_row, identifier, literal

_SHOWN_EXAMPLES = 3
_FEW_VALUES = 6


def check_columns(
    connection: duckdb.DuckDBPyConnection,
    mapping: SourceMapping,
    name: str,
    sample: Sample | None,
) -> list[Finding]:
    """Findings about the columns of files.<name>, and the relation `name` of the sample's rows,
    typed as integration will have them; without a sample it is empty."""
    file = mapping.files[name]
    rows = sample.rows if sample else pa.table({})
    connection.register("_rows", rows if rows.num_columns else pa.table({"_": pa.array([])}))
    described = connection.execute("DESCRIBE SELECT * FROM _rows").fetchall()
    found = {row[0]: row[1] for row in described if rows.num_columns}
    findings, typed = [], []
    for column, spec in file.columns.items():
        nothing = f"CAST(NULL AS {SQL_TYPES[spec.type]}) AS {identifier(column)}"
        if column not in found:
            typed.append(nothing)
            if found:
                findings.append(_missing(file, column, list(found)))
            continue
        try:
            reading = _reading(column, spec, found[column], file)
        except SourceError as error:
            typed.append(nothing)
            text = str(error).split(": ", 1)[-1]
            findings.append(Finding("problem", column, text))
            continue
        typed.append(f"{reading.typed} AS {identifier(column)}")
        findings.append(_column(connection, reading))
    findings += [_unmapped(connection, c, found[c]) for c in found if _is_unmapped(file, c)]
    connection.execute(
        f"CREATE OR REPLACE TABLE {identifier(name)} AS SELECT row_number() OVER () AS _row, "
        f"{literal(file.path)} AS _file, row_number() OVER () AS _line, "
        "CAST(NULL AS TIMESTAMP) AS _delivered, CAST(NULL AS VARCHAR[]) AS _unreadable, "
        f"{', '.join(typed)} FROM _rows"
    )
    connection.unregister("_rows")
    return findings


def _reading(column: str, spec: RawColumn, found: str, file: RawFile) -> Reading:
    if file.format in ("csv", "jsonl"):
        return read_text_column(column, spec)
    return read_typed_column(column, spec, found, file.path)


def _is_unmapped(file: RawFile, column: str) -> bool:
    return column not in file.columns and column not in file.ignored


def _column(connection: duckdb.DuckDBPyConnection, reading: Reading) -> Finding:
    """How one column is understood."""
    faults, empty, rows = _counts(connection, reading)
    what = reading.spec.type + (f" {reading.spec.format}" if reading.spec.format else "")
    if faults:
        return _not_understood(connection, reading, what, faults, rows - empty)
    share = f"{round(100 * empty / rows)}% empty" if rows else "no rows"
    text = f"{what}, {share}"
    if empty == rows:
        return Finding("note" if rows else "ok", reading.name, text)
    if reading.others:
        other = f"count(*) FILTER ({reading.value} IS NULL AND {reading.typed} IS NOT NULL)"
        count = first_row(connection, f"SELECT {other} FROM _rows") or (0,)
        text += f", {count[0]:,} by {' or '.join(reading.others)}"
    advice = ""
    kind = private_kind(reading.name)
    if kind and reading.spec.private is None:
        advice = f"if it identifies a person, write private: {kind}"
    return Finding("ok", reading.name, f"{text}, {_content(connection, reading)}", advice)


def _counts(connection: duckdb.DuckDBPyConnection, reading: Reading) -> tuple[int, int, int]:
    """Unreadable values, empty ones, rows."""
    unread = f"{reading.raw} IS NOT NULL AND {reading.typed} IS NULL"
    row = first_row(
        connection,
        f"SELECT count(*) FILTER ({unread}), count(*) - count({reading.raw}), count(*) FROM _rows",
    )
    return (int(row[0]), int(row[1]), int(row[2])) if row else (0, 0, 0)


def _content(connection: duckdb.DuckDBPyConnection, reading: Reading) -> str:
    """Range or examples, masked if private."""
    value = reading.typed
    if reading.spec.type != "string":
        plain = {"date": "DATE", "decimal": "DOUBLE"}.get(reading.spec.type, "")
        shown = f"CAST({value} AS {plain})" if plain else value
        row = connection.execute(f"SELECT min({shown}), max({shown}) FROM _rows").fetchall()[0]
        return f"{row[0]} to {row[1]}" if not reading.spec.private else "private"
    rows = connection.execute(
        f"SELECT {value}, count(*) AS n FROM _rows WHERE {value} IS NOT NULL GROUP BY 1 "
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
        f"SELECT CAST({raw} AS VARCHAR) FROM _rows WHERE {raw} IS NOT NULL AND {unread}"
    ).fetchall()
    return [text for (text,) in rows]


def _not_understood(
    connection: duckdb.DuckDBPyConnection, reading: Reading, what: str, faults: int, values: int
) -> Finding:
    """What can't be read, and the declaration that would read more."""
    wrong = _texts(connection, reading.raw, f"{reading.typed} IS NULL")
    private = reading.spec.private
    shown = mask(wrong[0], private) if private else _short(wrong[0])
    text = f"{what}: {faults:,} of {values:,} values can't be read, such as {shown}"
    return Finding("problem", reading.name, text, _advice(connection, reading.spec, reading, wrong))


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
    return (
        f"correct the values, or read them as type {guess_column(connection, '', texts).type}; "
        f"left so, few are quarantined as unreadable_{reading.name}, many stop the run"
    )


def _missing(file: RawFile, column: str, found: list[str]) -> Finding:
    free = [name for name in found if _is_unmapped(file, name)]
    advice = nearest(column, free or found)
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
