"""Ledger folders as integration writes them, filled row by row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from src.core.files import write_json, write_parquet
from src.core.schemas import LEDGER
from src.privacy.vault import TABLES as VAULT

Row = dict[str, Any]

QUARANTINE = pa.schema(
    [
        ("file", pa.string()),
        ("line", pa.int64()),
        ("table", pa.string()),
        ("rule", pa.string()),
        ("row", pa.string()),
    ]
)
CORRECTIONS = pa.schema(
    [
        ("file", pa.string()),
        ("line", pa.int64()),
        *((name, pa.string()) for name in ("table", "column", "rule", "kind", "before", "after")),
    ]
)
LINEAGE = pa.schema([("row", pa.int64()), ("file", pa.string()), ("line", pa.int64())])


@dataclass
class World:
    """What integration knew: rows of each table with the file and line that each came from."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in LEDGER})
    lines: dict[str, list[list[tuple[str, int]]]] = field(
        default_factory=lambda: {name: [] for name in LEDGER}
    )
    quarantine: list[Row] = field(default_factory=list)
    corrections: list[Row] = field(default_factory=list)
    files: list[Row] = field(default_factory=list)
    rules: list[Row] = field(default_factory=list)
    references: list[Row] = field(default_factory=list)
    links: list[Row] = field(default_factory=list)

    def add(self, table: str, row: Mapping[str, Any], *places: tuple[str, int]) -> int:
        """Add a row with the lines that it came from; its position."""
        self.rows[table].append({"source": "test", **row})
        self.lines[table].append(list(places))
        return len(self.rows[table]) - 1

    def reject(self, table: str, file: str, line: int, rule: str, row: str = "{}") -> None:
        """Put a row of a file into quarantine instead of the ledger."""
        self.quarantine.append(
            {"file": file, "line": line, "table": table, "rule": rule, "row": row}
        )

    def correct(
        self, table: str, column: str, rule: str, kind: str, place: tuple[str, int]
    ) -> None:
        """Note a value that a rule changed."""
        self.corrections.append(
            {"file": place[0], "line": place[1], "table": table, "column": column, "rule": rule}
            | {"kind": kind, "before": "1900-01-01", "after": None}
        )

    def account(self) -> dict[str, Any]:
        """integration.json: rows in = rows out + rejected of every file and table."""
        out: dict[tuple[str, str], int] = {}
        for table, lines in self.lines.items():
            for places in lines:
                for file, _ in places:
                    out[file, table] = out.get((file, table), 0) + 1
        rejected: dict[tuple[str, str], dict[str, int]] = {}
        for row in self.quarantine:
            rules = rejected.setdefault((row["file"], row["table"]), {})
            rules[row["rule"]] = rules.get(row["rule"], 0) + 1
        entries = [
            {
                "file": file,
                "table": table,
                "rows_in": out.get((file, table), 0)
                + sum(rejected.get((file, table), {}).values()),
                "rows_out": out.get((file, table), 0),
                "rejected": rejected.get((file, table), {}),
            }
            for file, table in sorted({*out, *rejected})
        ]
        return {
            "source": "test",
            "base_currency": "CNY",
            "data_end": "2024-04-01T00:00:00",
            "files": self.files,
            "rows": entries,
            "rules": self.rules,
            "added": [],
            "supports": {},
            "unsupported": {},
            "ends": "together",
        }

    def write(self, folder: Path) -> Path:
        """Write the ledger folder and, where there are references, a vault; the ledger's path."""
        ledger, vault = folder / "ledger", folder / "vault"
        for name, table in LEDGER.items():
            content = pa.Table.from_pylist(self.rows[name], schema=table.arrow)
            write_parquet(ledger / f"{name}.parquet", content)
            lines = [
                {"row": row, "file": file, "line": line}
                for row, places in enumerate(self.lines[name])
                for file, line in places
            ]
            write_parquet(
                ledger / "lineage" / f"{name}.parquet", pa.Table.from_pylist(lines, schema=LINEAGE)
            )
        for name, schema, rows in (
            ("quarantine", QUARANTINE, self.quarantine),
            ("corrections", CORRECTIONS, self.corrections),
        ):
            write_parquet(ledger / f"{name}.parquet", pa.Table.from_pylist(rows, schema=schema))
        write_json(ledger / "integration.json", self.account())
        records = [
            {"record": row["record"], "system": row["record"].partition(":")[0]}
            for row in self.references
        ]
        for name, rows in (
            ("cross_reference", self.references),
            ("links", self.links),
            ("identities", records),
        ):
            write_parquet(vault / f"{name}.parquet", pa.Table.from_pylist(rows, schema=VAULT[name]))
        return ledger
