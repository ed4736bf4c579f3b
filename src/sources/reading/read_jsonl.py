"""JSON Lines deliveries as a table of text, each row with its line."""

from itertools import islice
from pathlib import Path

import duckdb
import pyarrow as pa

from src.sources.reading.arrived import Arrived, require_columns
from src.sources.reading.encodings import TextFacts
from src.sources.reading.text_table import TEXT, add_malformed, as_utf8, lines_sql
from src.sources.staging.session import first_row, identifier, literal

# Of fewer rows, each may well leave out a value that is empty.
FEW_ROWS = 20
_BATCH_LINES = 100_000


def load_jsonl(arrived: Arrived) -> TextFacts:
    """Make the table _text (_line, the declared columns as text) and add to read_malformed.

    Raises SourceError for a key that is not declared, one that no row has, and bytes of another
    encoding.
    """
    connection, file = arrived.connection, arrived.file
    with as_utf8(file, arrived.path) as (source, facts):
        lines = lines_sql(source, file.skip_rows)
        if facts.stray_returns:
            lines = _lines_apart(connection, source, file.skip_rows)
        connection.execute(
            "CREATE OR REPLACE TABLE _lines AS SELECT _line, line, "
            "CASE WHEN json_type(json) = 'OBJECT' THEN json END AS json "
            "FROM (SELECT *, TRY_CAST(line AS JSON) AS json FROM "
            f"{lines}) WHERE trim(line) <> ''"
        )
    keys = connection.execute(
        "SELECT DISTINCT unnest(json_keys(json)) AS key FROM _lines ORDER BY key"
    ).fetchall()
    count = first_row(connection, "SELECT count(json) FROM _lines")
    few = count is None or count[0] < FEW_ROWS
    require_columns(arrived, [key for (key,) in keys], may_lack=few)
    picked = ", ".join(f"{_value(c, file.empty)} AS {identifier(c)}" for c in file.columns)
    connection.execute(
        f"CREATE OR REPLACE TABLE {TEXT} AS SELECT _line, {picked} FROM _lines "
        "WHERE json IS NOT NULL"
    )
    lost = "SELECT _line, line FROM _lines WHERE json IS NULL"
    add_malformed(arrived, facts, lost)
    connection.execute("DROP TABLE _lines")
    connection.execute("DROP TABLE IF EXISTS _apart")
    return facts


def _lines_apart(connection: duckdb.DuckDBPyConnection, source: Path, skip: int) -> str:
    """The name of a table with what `lines_sql` gives, of a file with stray carriage returns."""
    connection.execute("CREATE OR REPLACE TABLE _apart (_line BIGINT, line VARCHAR)")
    with source.open(encoding="utf-8-sig", newline="\n") as stream:
        lines = enumerate(islice(stream, skip, None), start=skip + 1)
        while batch := list(islice(lines, _BATCH_LINES)):
            numbers = pa.array([number for number, _ in batch], pa.int64())
            texts = pa.array([line.rstrip("\r\n") for _, line in batch], pa.string())
            connection.register("_batch", pa.table([numbers, texts], names=["_line", "line"]))
            connection.execute("INSERT INTO _apart FROM _batch")
            connection.unregister("_batch")
    return "_apart"


def _value(column: str, empty: str) -> str:
    text = f"nullif(json ->> {literal('$.' + identifier(column))}, '')"
    return f"nullif({text}, {literal(empty)})" if empty else text
