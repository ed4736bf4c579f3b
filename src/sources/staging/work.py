"""One integration under way: the session, the mapping, the raw files and what they delivered."""

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from src.core.params import IntegrateParams
from src.core.schemas import LEDGER
from src.sources.mapping.entries import Entry
from src.sources.mapping.mapping import SourceMapping
from src.sources.reading.read import DeliveryAccount

MAPPED_ROWS = "mapping"


@dataclass(frozen=True)
class Work:
    """What every step of integration is given. deliveries: of each file of the mapping, in order
    of arrival; filled as the files are read."""

    connection: duckdb.DuckDBPyConnection
    mapping: SourceMapping
    raw: Path
    params: IntegrateParams
    deliveries: dict[str, list[DeliveryAccount]] = field(default_factory=dict)

    def entries(self) -> list[tuple[str, int, Entry]]:
        """All entries: table, number within the table, entry."""
        return [
            (table, number, entry)
            for table in LEDGER
            for number, entry in enumerate(self.mapping.tables.get(table, ()))
        ]

    def entries_of(self, table: str) -> tuple[Entry, ...]:
        """The entries of one ledger table."""
        return self.mapping.tables.get(table, ())
