"""What integration put aside or changed, row by row: quarantine.parquet and corrections.parquet."""

import pyarrow as pa

from src.core.schemas import LEDGER
from src.privacy.mask import mask, masked
from src.sources.identity.private import HIDDEN
from src.sources.mapping.entries import Entry
from src.sources.staging.limits import read_columns
from src.sources.staging.rules import CHANGES
from src.sources.staging.session import identifier, literal
from src.sources.staging.work import Work

_TEXT = pa.string()
_REJECTED = pa.schema(
    [("file", _TEXT), ("line", pa.int64()), ("table", _TEXT), ("rule", _TEXT), ("row", _TEXT)]
)
_CHANGED = pa.schema(
    [("file", _TEXT), ("line", pa.int64())]
    + [(name, _TEXT) for name in ("table", "column", "rule", "kind", "before", "after")]
)


def rejected_rows(work: Work) -> pa.Table:
    """(file, line, table, rule, row as JSON) of all rejected rows, then of lines that are no rows,
    whose table is empty. A value that can't be read shows as its text. Private columns show their
    shape alone."""
    parts = [_REJECTED.empty_table()]
    for table, number, entry in work.entries():
        stage = f"stage_{table}"
        wanted = f"SELECT _row FROM {stage} WHERE _entry = {number} AND _rule IS NOT NULL"
        raw = _mapped_sql(entry) if entry.file is None else _raw_sql(work, entry, wanted)
        found = work.connection.sql(
            f'SELECT s._file AS file, s._line AS line, {literal(table)} AS "table", '
            f"s._rule AS rule, CAST(to_json(m.content) AS VARCHAR) AS row FROM {stage} AS s "
            f"JOIN ({raw}) AS m ON s._row = m._row WHERE s._entry = {number} "
            "AND s._rule IS NOT NULL ORDER BY s._row"
        )
        parts.append(found.to_arrow_table().cast(_REJECTED))
    malformed = work.connection.sql(
        "SELECT _file AS file, _line AS line, '' AS \"table\", rule, CAST(to_json({'text': text}) "
        "AS VARCHAR) AS row FROM read_malformed ORDER BY file, line"
    )
    return pa.concat_tables([*parts, malformed.to_arrow_table().cast(_REJECTED)])


def changed_values(work: Work) -> pa.Table:
    """(file, line, table, column, rule, kind, before, after) of all values that were read by
    another format, corrected or imputed, in the order of tables, files and lines."""
    order = " ".join(f"WHEN {literal(table)} THEN {n}" for n, table in enumerate(LEDGER))
    hidden = ", ".join(map(literal, HIDDEN))
    shown = [
        f"CASE WHEN column_name IN ({hidden}) THEN {masked(value, 'private')} ELSE {value} END "
        f"AS {value}"
        for value in ("before", "after")
    ]
    found = work.connection.sql(
        f'SELECT _file AS file, _line AS line, _table AS "table", column_name AS "column", '
        f"rule, kind, {', '.join(shown)} FROM {CHANGES} "
        f"ORDER BY CASE _table {order} END, file, line, rule, column_name"
    )
    return found.to_arrow_table().cast(_CHANGED)


def note_repairs(work: Work) -> None:
    """Values that were read by an alternative format count as corrections of the ledger columns
    that they come to."""
    repaired = set(
        work.connection.execute(
            "SELECT DISTINCT file_name, column_name FROM read_repairs"
        ).fetchall()
    )
    for table, number, entry in work.entries():
        for (file, raw), columns in read_columns(work.mapping, entry).items():
            if file != entry.file or (file, raw) not in repaired:
                continue
            for column in columns or [raw]:
                work.connection.execute(
                    f"INSERT INTO {CHANGES} SELECT {literal(table)}, s._id, r._file, r._line, "
                    f"{literal(column)}, r.rule, 'corrected', r.before, r.after "
                    f"FROM read_repairs AS r JOIN stage_{table} AS s ON s._file = r._file "
                    f"AND s._line = r._line WHERE r.file_name = {literal(entry.file)} "
                    f"AND s._entry = {number} AND r.column_name = {literal(raw)}"
                )


def _raw_sql(work: Work, entry: Entry, wanted: str) -> str:
    """The rows of the entry's file whose _row is one of `wanted`: few, so that the rest is not
    spelled out."""
    file = str(entry.file)
    unread = work.connection.execute(
        f"SELECT DISTINCT column_name FROM read_unreadable WHERE file_name = {literal(file)}"
    ).fetchall()
    shown, texts = [], ""
    for name, spec in work.mapping.files[file].columns.items():
        value = masked(identifier(name), spec.private) if spec.private else identifier(name)
        if (name,) in unread:
            value = (
                f"CASE WHEN list_contains(_unreadable, {literal(name)}) "
                f"THEN to_json(_texts[{literal(name)}]) ELSE to_json({value}) END"
            )
        shown.append(f"{literal(name)}: {value}")
    if unread:
        texts = (
            " LEFT JOIN (SELECT _file, _line, "
            "map_from_entries(list((column_name, text))) AS _texts "
            f"FROM read_unreadable WHERE file_name = {literal(file)} GROUP BY _file, _line) "
            "USING (_file, _line)"
        )
    return (
        f"SELECT _row, {{{', '.join(shown)}}} AS content FROM {identifier(file)}{texts} "
        f"WHERE _row IN ({wanted})"
    )


def _mapped_sql(entry: Entry) -> str:
    """The rows that stand in the mapping itself."""
    parts = []
    for line, row in enumerate(entry.rows, start=1):
        shown = ", ".join(
            f"{literal(name)}: {literal(mask(value, 'private') if name in HIDDEN else value)}"
            for name, value in row.items()
        )
        parts.append(f"SELECT {line} AS _row, to_json({{{shown}}}) AS content")
    return " UNION ALL ".join(parts)
