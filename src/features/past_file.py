"""The condensed past on disk: what the next snapshots go on from, instead of from all history."""

from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from src.core.errors import KehuError
from src.core.files import digest, link_or_copy, read_json, replacing_file, write_json
from src.core.schemas import TABLES
from src.features.growing_file import GROUP_ROWS, GrowingFile
from src.features.increments import Scratch
from src.features.known import KnownContent
from src.features.past import Past, Span
from src.features.snapshot_manifest import Origin

_ROWS, _TOLD = "past.parquet", "past.json"
# What a past is made of.
_TABLES = ("transactions", "balances")


class PastFile:
    """The past in a folder, if it is of these definitions, this code and what is known now."""

    def __init__(
        self, folder: Path, scratch: Scratch, spec: str, made_by: str, content: KnownContent
    ) -> None:
        """folder: to write to. spec, made_by: of the manifest's Origin."""
        self._folder, self._scratch, self._content = folder, scratch, content
        self._spec, self._made_by = spec, made_by
        self.past: Past | None = None

    def take(self, old: Path) -> None:
        """Take over the past in the folder `old`, unless it is missing, damaged or of another
        origin: it can be made anew from the ledger alone."""
        try:
            told = read_json(old / _TOLD)
            span = Span(**{name: datetime.fromisoformat(at) for name, at in told["span"].items()})
            stands = Origin(**told["origin"]) == self._origin(span.last)
            if not stands or digest(old / _ROWS) != told["sha256"]:
                return
        except (KehuError, OSError, AttributeError, KeyError, TypeError, ValueError):
            return
        for name in (_ROWS, _TOLD):
            link_or_copy(old / name, self._folder / name)
        self._hold(span)

    def keep(self, newer: Past) -> None:
        """Write `newer`, the same rows in the same order, if it reaches further."""
        if self.past is not None and newer.span.last <= self.past.span.last:
            return
        schema, rows = TABLES["transactions"].arrow, newer.rows
        with (
            replacing_file(self._folder / _ROWS) as aside,
            closing(GrowingFile(aside, schema)) as file,
        ):
            for batch in self._scratch.batches(rows.order_by(rows.columns), GROUP_ROWS):
                file.add(pa.Table.from_batches([batch]).cast(schema))
        told = {
            "span": {name: at.isoformat() for name, at in asdict(newer.span).items()},
            "origin": asdict(self._origin(newer.span.last)),
            "sha256": digest(self._folder / _ROWS),
        }
        write_json(self._folder / _TOLD, told)
        self._hold(newer.span)

    def _hold(self, span: Span) -> None:
        self.past = Past(span, self._scratch.stored("past", [self._folder / _ROWS]))

    def _origin(self, last: datetime) -> Origin:
        known = self._content.before(last)
        return Origin(self._spec, self._made_by, "", {name: known[name] for name in _TABLES})
