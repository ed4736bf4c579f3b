"""The asset state on disk, and whether it still belongs to the ledger that is to advance it."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from src.core.errors import KehuError
from src.core.files import code_digest, read_json, write_json, write_parquet
from src.core.ledger import EVENT_TIME
from src.features.asset_state import SCHEMAS, AssetState

STATE_FILE = "state.json"


@dataclass(frozen=True)
class LedgerIdentity:
    """What the part of a ledger known before an instant was made of.

    files: digest of each raw file by its name. made_by: digest of the configuration and code.
    known_rows: of each table, how many of its rows were known before the instant.
    """

    source: str
    files: dict[str, str]
    made_by: str
    known_rows: dict[str, int]

    def difference(self, later: "LedgerIdentity") -> str:
        """Why `later` is no continuation of this one; empty if it is."""
        if (self.source, self.made_by) != (later.source, later.made_by):
            return "the source, its configuration, the key or the code has changed"
        for name, content in self.files.items():
            if later.files.get(name) != content:
                return f"{name} has changed"
        for table, rows in self.known_rows.items():
            if later.known_rows[table] != rows:
                return f"{table} has {later.known_rows[table]:,} rows known then, not {rows:,}"
        return ""


def ledger_identity(
    ledger: Path, manifest: Path, made_by: Iterable[Path], instant: datetime
) -> LedgerIdentity:
    """The identity of the ledger in folder `ledger` up to `instant`.

    manifest: of the raw files it was made from. made_by: files and folders of configuration and
    code; what is not there counts as absent. Reads no ledger row that old: the row groups'
    statistics tell, and only groups on both sides of the instant are looked into.
    """
    raw = read_json(manifest)
    return LedgerIdentity(
        source=raw["source"],
        files={file["name"]: file["md5"] for file in raw["files"]},
        made_by=code_digest(made_by),
        known_rows={
            name: _rows_known_before(ledger / f"{name}.parquet", instant) for name in EVENT_TIME
        },
    )


def write_state(folder: Path, state: AssetState, identity: LedgerIdentity) -> None:
    """Write the state's tables and state.json into `folder`."""
    for name, table in state.tables.items():
        write_parquet(folder / f"{name}.parquet", table)
    content = {"instant": state.instant.isoformat(), "ledger": asdict(identity)}
    write_json(folder / STATE_FILE, content)


def read_state(
    folder: Path, identity_at: Callable[[datetime], LedgerIdentity], latest: datetime
) -> tuple[AssetState | None, str]:
    """The state in `folder` if the ledger continues it, else None and why not.

    identity_at: the identity of the ledger at hand up to an instant. latest: the instant to which
    the state is to be advanced. A state is made from the ledger alone: a missing, damaged or
    foreign one is no error, it is made anew.
    """
    if not (folder / STATE_FILE).is_file():
        return None, "there is none yet"
    try:
        content = read_json(folder / STATE_FILE)
        instant = datetime.fromisoformat(content["instant"])
        identity = LedgerIdentity(**content["ledger"])
        tables = {name: _table(folder / f"{name}.parquet", name) for name in SCHEMAS}
    except (KehuError, KeyError, TypeError, ValueError, OSError) as error:
        return None, f"it can't be read: {error}"
    if instant > latest:
        return None, f"it stands at {instant:%Y-%m-%d}, after the data's end"
    reason = identity.difference(identity_at(instant))
    return (None, reason) if reason else (AssetState(instant, tables), "")


def _table(path: Path, name: str) -> pa.Table:
    table = pq.read_table(path)
    if not table.schema.equals(SCHEMAS[name]):
        raise KehuError(f"{path}: found columns {table.schema.names}; expected {SCHEMAS[name]}.")
    return table


def _rows_known_before(path: Path, instant: datetime) -> int:
    file = pq.ParquetFile(path)
    column = file.schema_arrow.get_field_index("known_at")
    count = 0
    for number in range(file.num_row_groups):
        group = file.metadata.row_group(number)
        known: Any = group.column(column).statistics
        if known is not None and known.has_min_max and known.max < instant:
            count += group.num_rows
        elif known is None or not known.has_min_max or known.min < instant:
            times = file.read_row_group(number, columns=["known_at"])["known_at"]
            count += pc.sum(pc.less(times, pa.scalar(instant, times.type))).as_py() or 0
    return count
