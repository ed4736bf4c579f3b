"""integration.json as typed figures: what each delivery brought, and what became of its rows."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from src.core.errors import LedgerError
from src.core.files import read_json

_STAMP = re.compile(r"\d(?:[\d_\-T:.]*\d)?")


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class DeliveredFile(_Part):
    """One delivery of one file. delivered: ISO 8601, None where the file is delivered once;
    copy_of: the first earlier delivery of the same bytes."""

    file: str
    rows: int
    delivered: str | None = None
    expected_rows: int | None = None
    malformed: int = 0
    copy_of: str | None = None
    name: str | None = None

    @property
    def series(self) -> str:
        """The file of which this is one delivery: the mapping's name for it, else its path with
        the digits of the delivery's stamp left out."""
        if self.name:
            return self.name
        return self.file if self.delivered is None else _STAMP.sub("*", self.file)


class EntryRows(_Part):
    """Rows of one delivery in one entry of the mapping: in = out + rejected."""

    file: str
    table: str
    rows_in: int
    rows_out: int
    rejected: Mapping[str, int] = {}


class Account(_Part):
    """What integration wrote into integration.json, as far as quality reads it."""

    source: str
    base_currency: str = ""
    data_end: str | None = None
    files: tuple[DeliveredFile, ...]
    rows: tuple[EntryRows, ...]
    rules: tuple[Mapping[str, Any], ...] = ()

    def rows_in(self, table: str, files: frozenset[str] | None = None) -> int:
        """Rows that came for a table, of some files or of all."""
        return sum(entry.rows_in for entry in self._entries(table, files))

    def rejected(self, table: str, files: frozenset[str] | None = None) -> dict[str, int]:
        """Rejected rows of a table by rule, of some files or of all."""
        found: dict[str, int] = {}
        for entry in self._entries(table, files):
            for rule, count in entry.rejected.items():
                found[rule] = found.get(rule, 0) + count
        return dict(sorted(found.items()))

    def _entries(self, table: str, files: frozenset[str] | None) -> list[EntryRows]:
        return [
            entry
            for entry in self.rows
            if entry.table == table and (files is None or entry.file in files)
        ]


def read_account(path: Path) -> Account:
    """Read integration.json. Raises LedgerError if it is not what integration writes."""
    try:
        return Account.model_validate(read_json(path))
    except ValidationError as error:
        fault = error.errors()[0]
        raise LedgerError(
            f"{path}: key {'.'.join(map(str, fault['loc']))!r} has {fault['input']!r}; expected: "
            f"{fault['msg']}. Run `dvc repro integrate` to write it anew."
        ) from error
