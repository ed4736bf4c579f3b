"""A check of the files of a source: that they are there, how they end, what stands in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from pyarrow import ArrowException

from src.sources.mapping.mapping import SourceMapping
from src.sources.mapping.raw_files import RawFile
from src.sources.onboarding.check_columns import becomes, check_columns
from src.sources.onboarding.findings import Finding, Section
from src.sources.onboarding.looked import Looked
from src.sources.onboarding.sample import Sample, read_sample
from src.sources.reading.arrived import MALFORMED, TRUNCATED
from src.sources.reading.deliveries import Delivery, copies
from src.sources.reading.ending import (
    Ending,
    ends_with_newline,
    ends_within_row,
    newline_expected,
)

# Rates are looked at in all deliveries, for one of any day may be needed.
_MOST_RATES = 200_000


@dataclass(frozen=True)
class Checked:
    """The section about one file, and what was looked at of it."""

    section: Section
    looked: Looked


@dataclass(frozen=True)
class FileCheck:
    """A check of files, one after the other. rows: of each to look at; most_unreadable: the share
    of values or lines beyond which integration stops. Each leaves a relation of its name."""

    connection: duckdb.DuckDBPyConnection
    mapping: SourceMapping
    rows: int
    most_unreadable: float

    def without(self, name: str, *findings: Finding) -> Checked:
        """A file of which nothing can be looked at."""
        check_columns(self.connection, self.mapping, name, Looked(), self.most_unreadable)
        return Checked(_section(name, self.mapping.files[name], findings), Looked())

    def of(self, name: str, deliveries: Sequence[Delivery], folder: Path) -> Checked:
        """The columns of the first delivery that has rows, and how many deliveries there are."""
        file = self.mapping.files[name]
        if not deliveries:
            missing = f"{folder / file.path}: no such file"
            return self.without(name, Finding("problem", "file", missing, self.mapping.origin))
        findings = [*_arrivals(file, deliveries), *_endings(file, deliveries, folder)]
        try:
            looked = self._look(name, deliveries, folder)
            findings += _copies(file, deliveries, folder)
        except (OSError, ArrowException, UnicodeError) as error:
            text = f"not readable as {file.format}: {error}"
            unread = Finding("problem", "file", text, "correct 'format', or fetch it anew")
            return self.without(name, *findings, unread)
        for delivery, sample in looked.samples:
            findings += [Finding("problem", "file", problem) for problem in sample.problems]
            findings += self._rows_of(file, delivery, sample)
        filled = [(d, s) for d, s in looked.samples if s.rows.num_rows] or looked.samples[-1:]
        looked = Looked(tuple(filled), looked.complete)
        share = self.most_unreadable
        findings += check_columns(self.connection, self.mapping, name, looked, share)
        return Checked(_section(name, file, findings, f", {looked.told}"), looked)

    def _look(self, name: str, deliveries: Sequence[Delivery], folder: Path) -> Looked:
        """Samples up to the first with rows; of rates, all there is."""
        rates = {entry.file for entry in self.mapping.tables.get("fx_rates", ())}
        most = _MOST_RATES if name in rates else self.rows
        samples: list[tuple[Delivery, Sample]] = []
        looked = 0
        for delivery in deliveries:
            sample = read_sample(self.mapping.files[name], folder / delivery.name, most - looked)
            samples.append((delivery, sample))
            looked += sample.rows.num_rows
            if looked >= most or (looked and name not in rates):
                break
        complete = len(samples) == len(deliveries) and all(s.whole for _, s in samples)
        return Looked(tuple(samples), complete)

    def _rows_of(self, file: RawFile, delivery: Delivery, sample: Sample) -> Iterator[Finding]:
        """Lines that are no rows, and a number of rows that is not as expected."""
        count, lost = sample.rows.num_rows, len(sample.malformed)
        if lost:
            line, text = sample.malformed[0]
            private = any(column.private for column in file.columns.values())
            shown = "" if private else f" {text[:60]!r}"
            level, then = becomes(lost, count + lost, self.most_unreadable, MALFORMED)
            yield Finding(
                level,
                "lines",
                f"{lost:,} are no rows, the first {delivery.name}:{line}{shown}: {then}",
                "if they should be rows, check delimiter, quote and skip_rows",
            )
        least, most = file.expected_rows.at_least, file.expected_rows.at_most
        few = sample.whole and count + lost < least
        if few or (most is not None and count + lost > most):
            expected = f"at least {least:,}" if few else f"at most {most:,}"
            found = f"{count + lost:,} rows" if count + lost else "no rows"
            text = f"{delivery.name} holds {found}, expected {expected}: integration would stop"
            yield Finding("problem", "file", text, "fetch it anew, or state 'expected_rows'")
        elif not count:
            yield Finding("note", "file", f"{delivery.name} holds no rows")


def _section(name: str, file: RawFile, findings: Sequence[Finding], more: str = "") -> Section:
    how = f"{file.format} {file.encoding}" if file.format in ("csv", "jsonl") else file.format
    return Section(f"{name} ({file.path}): {how}{more}", tuple(findings))


def _arrivals(file: RawFile, deliveries: Sequence[Delivery]) -> Iterator[Finding]:
    if not file.deliveries:
        return
    first, last = (f"{d.delivered:%Y-%m-%d}" for d in (deliveries[0], deliveries[-1]))
    plural = "deliveries" if len(deliveries) > 1 else "delivery"
    yield Finding("ok", "delivered", f"{len(deliveries)} {plural}, {first} to {last}")


def _copies(file: RawFile, deliveries: Sequence[Delivery], folder: Path) -> Iterator[Finding]:
    """Deliveries with rows that are whole copies."""
    found = copies(folder, [delivery.name for delivery in deliveries])
    copied = [name for name in found if read_sample(file, folder / name, 1).lines]
    if copied:
        text = (
            f"{len(copied)} hold the very bytes of an earlier one, such as {copied[0]} those of "
            f"{found[copied[0]]}: their rows count once"
        )
        yield Finding("note", "delivered", text, "were they to bring others?")


def _endings(file: RawFile, deliveries: Sequence[Delivery], folder: Path) -> Iterator[Finding]:
    """Text files that end within a line, as integration will judge them (control files apart)."""
    if file.format not in ("csv", "jsonl"):
        return
    before: list[Ending] = []
    open_ends = []
    for delivery in deliveries:
        path = folder / delivery.name
        newline = ends_with_newline(path, file.encoding)
        cut = newline is False and (
            newline_expected(file, before)
            if file.format == "csv"
            else ends_within_row(path, file.encoding)
        )
        before.append(Ending(newline, cut))
        if cut:
            text = f"{delivery.name} was cut: its last line to quarantine as {TRUNCATED}"
            advice = "have it delivered anew"
            if file.format == "csv":
                advice += ", or set ends_with_newline: false if it is whole"
            yield Finding("warning", "file", text, advice)
        elif newline is False:
            open_ends.append(delivery.name)
    if open_ends and file.format == "csv" and file.ends_with_newline is None:
        text = f"{open_ends[0]} ends without a newline; its last line counts"
        text += f" (so do {len(open_ends) - 1} more)" if len(open_ends) > 1 else ""
        advice = "if it was cut, have it delivered anew; else say so by ends_with_newline: false"
        yield Finding("note", "file", text, advice)
