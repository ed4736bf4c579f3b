"""The promise of the ledger that no version stands twice, watched while its rows are written."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from src.core.errors import LedgerError
from src.core.schemas import LEDGER


class SingleVersions:
    """Watches the rows of a table go by in the order of known_at. A version's key holds known_at,
    so what stands twice stands within the rows of one instant: no more than these are kept."""

    def __init__(self, table: str) -> None:
        self._table, self._key = table, list(LEDGER[table].version_key)
        self._last: pa.Table | None = None

    def watch(self, batch: pa.Table, hashes: pa.ChunkedArray) -> None:
        """See a batch of the ledger's columns; hashes: of its rows' version keys. Raises
        LedgerError for a version that stands in two rows: a defect of integration."""
        keys = batch.select(self._key).append_column("_hash", hashes)
        if self._last is not None:
            keys = pa.concat_tables([self._last, keys])
        self._require_single(keys)
        at = keys["known_at"]
        self._last = keys.filter(pc.equal(at, at[-1])) if len(keys) else keys

    def _require_single(self, keys: pa.Table) -> None:
        """Equal hashes are looked at in full, for they may agree by chance."""
        numbers, counts = np.unique(keys["_hash"].to_numpy(), return_counts=True)
        if not (counts > 1).any():
            return
        doubled = pc.is_in(keys["_hash"], pa.array(numbers[counts > 1]))
        rows = keys.filter(doubled).group_by(self._key).aggregate([([], "count_all")])
        found = rows.filter(pc.greater(rows["count_all"], 1)).slice(0, 1).to_pylist()
        if found:
            count = found[0].pop("count_all")
            version = ", ".join(f"{name} {value}" for name, value in found[0].items())
            raise LedgerError(
                f"{self._table}: the version {version} stands in {count} rows; expected one. "
                "Report this as a defect of integration, with the mapping and the rows."
            )
