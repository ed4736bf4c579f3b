"""integration.json: what was delivered and what became of it, row by row accounted for."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from src.core.errors import SourceError
from src.core.schemas import LEDGER
from src.sources.mapping.entries import Entry
from src.sources.reading.deliveries import copies
from src.sources.staging.base_rate import rows_of_base_rate
from src.sources.staging.rules import RuleCount
from src.sources.staging.session import first_row, identifier
from src.sources.staging.work import MAPPED_ROWS, Work

Counts = dict[str, int]


def account(work: Work, rules: Iterable[RuleCount], written: Mapping[str, int]) -> dict[str, Any]:
    """The content of integration.json. written: rows of each ledger table.

    Raises SourceError if for some file and entry rows in are not rows out and rejected together,
    or if a table's rows are not what its entries and integration itself put there.
    """
    mapping = work.mapping
    rows = [row for entry in work.entries() for row in _entry_rows(work, *entry)]
    rows += _malformed(work)
    added = _added(work, rows, written)
    for row in rows:
        _require_balance(work, row)
    return {
        "source": mapping.name,
        "base_currency": mapping.base_currency,
        "files": _files(work),
        "rows": rows,
        "rules": [count.as_json() for count in rules] + _repairs(work),
        "added": added,
        "supports": dict.fromkeys(mapping.supports, True),
        "unsupported": dict(mapping.unsupported),
        "data_end": _data_end(work),
        "ends": mapping.ends,
    }


def _files(work: Work) -> list[dict[str, Any]]:
    """Each delivery. ends_with_newline: of text files, else null; copy_of: the first earlier one of
    the file with the same bytes; unused: rows that no entry takes though one reads the file."""
    found = []
    for name, deliveries in work.deliveries.items():
        unused = _unused(work, name)
        copied = copies(work.raw, [delivery.file for delivery in deliveries if delivery.rows])
        for delivery in deliveries:
            stamp = delivery.delivered
            found.append(
                {
                    "name": name,
                    "file": delivery.file,
                    "delivered": stamp.isoformat() if stamp else None,
                    "rows": delivery.rows,
                    "expected_rows": delivery.expected_rows,
                    "malformed": delivery.malformed,
                    "ends_with_newline": delivery.ending.newline,
                    "copy_of": copied.get(delivery.file),
                    "unused": unused.get(delivery.file, 0),
                }
            )
    return found


def _unused(work: Work, name: str) -> Counts:
    """Rows by delivery that no entry's `where` selects. Files that are only joined, hold
    identities or control others are used as a whole."""
    entries = [entry for _, _, entry in work.entries() if entry.file == name]
    control = work.mapping.control
    joined = any(join.file == name for _, _, entry in work.entries() for join in entry.join)
    resolved = any(identity.file == name for identity in work.mapping.identities)
    if not entries and (joined or resolved or (control and control.file == name)):
        return {}
    if any(entry.where is None for entry in entries):
        return {}
    taken = " OR ".join(f"coalesce(({entry.where}), false)" for entry in entries) or "false"
    return _by_file(work, f"FROM {identifier(name)} WHERE NOT ({taken})")


def _by_file(work: Work, source: str) -> Counts:
    rows = work.connection.execute(f"SELECT _file, count(*) {source} GROUP BY _file").fetchall()
    return dict(rows)


def _entry_rows(work: Work, table: str, number: int, entry: Entry) -> list[dict[str, Any]]:
    """Rows in, out and rejected of one entry, for each delivery of its file."""
    counts = work.connection.execute(
        f"SELECT _file, _rule, count(*) FROM stage_{table} WHERE _entry = {number} "
        "GROUP BY _file, _rule ORDER BY _file, _rule"
    ).fetchall()
    if entry.file is None:
        rows_in, files = {MAPPED_ROWS: len(entry.rows)}, [MAPPED_ROWS]
    else:
        where = f"WHERE {entry.where}" if entry.where else ""
        rows_in = _by_file(work, f"FROM {identifier(entry.file)} {where}")
        files = [delivery.file for delivery in work.deliveries[entry.file]]
    return [
        {
            "file": file,
            "table": table,
            "entry": number,
            "rows_in": rows_in.get(file, 0),
            "rows_out": sum(n for f, rule, n in counts if f == file and rule is None),
            "rejected": {rule: n for f, rule, n in counts if f == file and rule is not None},
        }
        for file in files
    ]


def _malformed(work: Work) -> list[dict[str, Any]]:
    """Lines that are no rows: they come to no table."""
    found: dict[str, Counts] = {}
    rows = work.connection.execute(
        "SELECT _file, rule, count(*) FROM read_malformed GROUP BY _file, rule ORDER BY _file, rule"
    ).fetchall()
    for file, rule, count in rows:
        found.setdefault(file, {})[rule] = count
    return [
        {"file": file, "table": "", "rows_in": sum(r.values()), "rows_out": 0, "rejected": r}
        for file, r in found.items()
    ]


def _require_balance(work: Work, row: Mapping[str, Any]) -> None:
    if row["rows_in"] != row["rows_out"] + sum(row["rejected"].values()):
        raise SourceError(
            f"{work.mapping.where}: tables.{row['table']}[{row.get('entry', 0)}]: rows in and out "
            f"differ: {json.dumps(row)}; expected them equal. Check its joins."
        )


def _added(
    work: Work, rows: Iterable[Mapping[str, Any]], written: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Rows of the ledger that are no row of a file: a table's rows = rows out + added."""
    base = rows_of_base_rate(work)
    added = [
        {
            "table": "fx_rates",
            "rows_out": base,
            "reason": f"the base currency {work.mapping.base_currency} at the rate 1",
        }
    ]
    for table in LEDGER:
        out = sum(row["rows_out"] for row in rows if row["table"] == table)
        more = written[table] - out - (base if table == "fx_rates" else 0)
        if more and table != "customers" and (more < 0 or "customer_id" not in _columns(table)):
            raise SourceError(
                f"{work.mapping.where}: {table}: {out:,} rows were kept and {written[table]:,} "
                "written; expected as many. Report this as a defect of integration."
            )
        if more:
            added.append({"table": table, "rows_out": more, "reason": _reason(table)})
    return added


def _columns(table: str) -> set[str]:
    return {column.name for column in LEDGER[table].columns}


def _reason(table: str) -> str:
    if table == "customers":
        return "golden records: one row for each instant at which a customer changed"
    return "versions under the customer that a record turned out to belong to"


def _repairs(work: Work) -> list[dict[str, Any]]:
    """Values read by an alternative format of their column, as rules of the reading."""
    rows = work.connection.execute(
        "SELECT file_name, column_name, rule, count(*) FROM read_repairs "
        "GROUP BY file_name, column_name, rule ORDER BY ALL"
    ).fetchall()
    return [
        {
            "name": rule,
            "table": "",
            "kind": "correct",
            "reason": f"files.{file}.columns.{column}.formats",
            "origin": work.mapping.where,
            "checked": sum(d.rows for d in work.deliveries[file]),
            "found": count,
            "changed": count,
            "empty_before": 0,
            "empty_after": 0,
        }
        for file, column, rule, count in rows
    ]


def _data_end(work: Work) -> str | None:
    """The midnight that ends the last day with a movement, or that a statement covers whole; ISO
    8601, None if there is neither."""
    row = first_row(
        work.connection,
        "SELECT date_trunc('day', max(t)) + INTERVAL 1 DAY FROM ("
        "SELECT max(occurred_at) AS t FROM stage_transactions WHERE _rule IS NULL UNION ALL "
        "SELECT max(as_of) - INTERVAL 1 MICROSECOND FROM stage_balances WHERE _rule IS NULL)",
    )
    last: datetime | None = row[0] if row else None
    return None if last is None else last.isoformat()
