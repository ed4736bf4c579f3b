"""The deliveries of the bank's systems: files with a stamp, a control list, the list of errors."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from src.bank.calendar import Calendar, Ints
from src.bank.files.sheet import Sheet, Spoilt

ROWS_AT_ONCE = 200_000
_ERRORS = pa.schema(
    [
        ("file", pa.string()),
        ("line", pa.int64()),
        ("column", pa.string()),
        ("kind", pa.string()),
        ("found", pa.string()),
        ("true", pa.string()),
        ("detectable", pa.bool_()),
        ("recoverable", pa.bool_()),
    ]
)


@dataclass(frozen=True)
class Style:
    """How a system writes its text files."""

    encoding: str = "utf-8"
    delimiter: str = ","
    byte_order_mark: bool = False


class Deliveries:
    """Writes files into the folder of the extracts and, into the sealed folder, errors.parquet.

    Delivery d arrives at the first instant of month d (the last one: as the period ends) and holds
    what was learned before, since the delivery before. Use as a context manager.
    """

    def __init__(self, raw: Path, truth: Path, calendar: Calendar) -> None:
        self._raw = raw
        self.arrivals: Ints = calendar.second(calendar.month_days)
        self._stamps = [
            datetime.fromtimestamp(second, UTC).strftime("%Y%m%d")
            for second in self.arrivals.tolist()
        ]
        self._rows: list[tuple[str, int]] = []
        self._errors = pq.ParquetWriter(truth / "errors.parquet", _ERRORS, compression="zstd")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write control.csv last, as the systems do."""
        self._errors.close()
        if error is None:
            listed = sorted(self._rows)
            lines = "".join(f"{name},{rows}\n" for name, rows in listed)
            (self._raw / "control.csv").write_text(f"file,rows\n{lines}", "utf-8", newline="\n")

    def window(self, number: int) -> tuple[int, int]:
        """Unix seconds [from, to) in which the rows of a delivery were learned."""
        start = np.iinfo(np.int64).min if number == 0 else self.arrivals[number - 1]
        return int(start), int(self.arrivals[number])

    def csv(self, name: str, number: int | None, sheet: Sheet, style: Style) -> None:
        """Write <name>_<stamp>.csv (number None: <name>.csv)."""
        path = self._path(name, number, "csv")
        table = pa.table({key: pa.array(column) for key, column in sheet.columns.items()})
        options = pa_csv.WriteOptions(delimiter=style.delimiter, quoting_style="needed")
        later = pa_csv.WriteOptions(
            include_header=False, delimiter=style.delimiter, quoting_style="needed"
        )
        with path.open("wb") as stream:
            stream.write(b"\xef\xbb\xbf" if style.byte_order_mark else b"")
            for start in range(0, max(len(sheet), 1), ROWS_AT_ONCE):
                sink = pa.BufferOutputStream()
                part = table.slice(start, ROWS_AT_ONCE)
                pa_csv.write_csv(part, sink, later if start else options)
                text = sink.getvalue().to_pybytes()
                if style.encoding != "utf-8":
                    text = text.decode("utf-8").encode(style.encoding)
                stream.write(text)
        self._done(path, sheet, first_line=2)

    def parquet(self, name: str, number: int, sheet: Sheet) -> None:
        """Write <name>_<stamp>.parquet."""
        path = self._path(name, number, "parquet")
        pq.write_table(pa.table(sheet.columns), path, compression="zstd")
        self._done(path, sheet, first_line=1)

    def jsonl(self, name: str, number: int, sheet: Sheet, cut_at: float = 1.0) -> int:
        """Write <name>_<stamp>.jsonl. cut_at below 1: the file ends in the middle of the line at
        that share. Returns the number of whole lines."""
        path = self._path(name, number, "jsonl")
        columns = [np.asarray(column).tolist() for column in sheet.columns.values()]
        lines = []
        for row in zip(*columns, strict=True):
            record = dict(zip(sheet.columns, row, strict=True))
            lines.append(json.dumps(record, ensure_ascii=False) + "\n")
        whole = len(lines)
        if cut_at < 1 and lines:
            whole = int(len(lines) * cut_at)
            lines = [*lines[:whole], lines[whole][: len(lines[whole]) // 2]]
            nothing = np.full(1, None)
            sheet.note(None, np.array([whole]), "truncated", np.array(lines[-1:], object), nothing)
        path.write_text("".join(lines), "utf-8", newline="\n")
        self._done(path, sheet, first_line=1, whole=whole)
        return whole

    def _path(self, name: str, number: int | None, extension: str) -> Path:
        stamp = "" if number is None else f"_{self._stamps[number]}"
        path = self._raw / f"{name}{stamp}.{extension}"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def _done(self, path: Path, sheet: Sheet, first_line: int, whole: int | None = None) -> None:
        """Note the rows that the file ought to have, and its errors (those of whole lines)."""
        name = path.relative_to(self._raw).as_posix()
        self._rows.append((name, len(sheet)))
        last = len(sheet) if whole is None else whole
        if sheet.spoilt:
            listed = [_listed(name, spoilt, first_line, last) for spoilt in sheet.spoilt]
            self._errors.write_table(pa.concat_tables(listed))


def _listed(name: str, spoilt: Spoilt, first_line: int, last: int) -> pa.Table:
    """The errors of one kind before the row `last`, where a file may be cut."""
    kept = (spoilt.rows < last) | (spoilt.kind == "truncated")
    n = int(kept.sum())
    columns = [
        pa.array([name] * n),
        pa.array(spoilt.rows[kept] + first_line),
        pa.array([spoilt.column] * n),
        pa.array([spoilt.kind] * n),
        _texts(spoilt.found[kept]),
        _texts(spoilt.true[kept]),
        pa.array(spoilt.detectable[kept]),
        pa.array(spoilt.recoverable[kept]),
    ]
    return pa.Table.from_arrays(columns, schema=_ERRORS)


def _texts(values: np.ndarray) -> pa.Array:
    return pa.array([None if v is None else str(v) for v in values.tolist()], pa.string())
