"""A check of a source's mapping against the first rows of its files, field by field."""

from pathlib import Path

import duckdb
from pyarrow import ArrowException

from src.core.errors import SourceError
from src.core.schemas import TASKS
from src.sources.extracts.database import extract
from src.sources.mapping.consistency import NEEDED_TABLES
from src.sources.mapping.mapping import SourceMapping
from src.sources.mapping.raw_files import RawFile
from src.sources.onboarding.check_columns import check_columns
from src.sources.onboarding.check_entries import check_entry, check_identity
from src.sources.onboarding.findings import Finding, Level, Section
from src.sources.onboarding.sample import Sample, read_sample
from src.sources.reading.deliveries import Delivery, find_deliveries


def check_source(
    mapping: SourceMapping, folder: Path, rows: int, work: Path, environment: dict[str, str]
) -> list[Section]:
    """What the first `rows` rows of each file in `folder` tell about the mapping.

    work: an empty folder for extracts of databases. Sections: the files, the entries of
    `identities` and `tables`, the tasks.
    """
    sections = []
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
        for name, file in mapping.files.items():
            where = f"files.{name} in {mapping.where}"
            try:
                if file.format == "sql":
                    extract(file, where, work / file.path, environment, most=rows)
                found = find_deliveries(file, work if file.format == "sql" else folder, where)
            except SourceError as error:
                found = []
                sections.append(_section(name, file, [Finding("problem", "file", str(error))]))
                check_columns(connection, mapping, name, None)
                continue
            place = work if file.format == "sql" else folder
            sections.append(_file(connection, mapping, name, found, place, rows))
        for number in range(len(mapping.identities)):
            sections.append(check_identity(connection, mapping, number))
        for table, entries in mapping.tables.items():
            for number in range(len(entries)):
                sections.append(check_entry(connection, mapping, table, number))
    return [*sections, _tasks(mapping)]


def _section(name: str, file: RawFile, findings: list[Finding], more: str = "") -> Section:
    how = f"{file.format} {file.encoding}" if file.format in ("csv", "jsonl") else file.format
    return Section(f"{name} ({file.path}): {how}{more}", tuple(findings))


def _file(
    connection: duckdb.DuckDBPyConnection,
    mapping: SourceMapping,
    name: str,
    deliveries: list[Delivery],
    folder: Path,
    rows: int,
) -> Section:
    """The columns of the first delivery that has rows, and how many deliveries there are."""
    file = mapping.files[name]
    if not deliveries:
        advice = f"put it into {folder}. {mapping.origin}"
        missing = Finding("problem", "file", f"{folder / file.path}: no such file", advice)
        check_columns(connection, mapping, name, None)
        return _section(name, file, [missing])
    findings = []
    if file.deliveries:
        first, last = (f"{d.delivered:%Y-%m-%d}" for d in (deliveries[0], deliveries[-1]))
        plural = "deliveries" if len(deliveries) > 1 else "delivery"
        text = f"{len(deliveries)} {plural}, {first} to {last}"
        findings.append(Finding("ok", "delivered", text))
    sample, delivery = Sample.empty(), deliveries[0]
    for delivery in deliveries:
        try:
            sample = read_sample(file, folder / delivery.name, rows)
        except (OSError, ArrowException, UnicodeError) as error:
            text = f"{folder / delivery.name}: not readable as {file.format}: {error}"
            findings.append(Finding("problem", "file", text, "correct 'format', or fetch it anew"))
            check_columns(connection, mapping, name, None)
            return _section(name, file, findings)
        if sample.rows.num_rows:
            break
    findings += [Finding("problem", "file", problem) for problem in sample.problems]
    findings += _malformed(mapping, name, sample)
    if not sample.rows.num_rows:
        level: Level = "problem" if file.expected_rows.at_least else "note"
        findings.append(Finding(level, "file", f"{delivery.name} holds no rows"))
    findings += check_columns(connection, mapping, name, sample)
    return _section(name, file, findings, f", {sample.rows.num_rows:,} rows of {delivery.name}")


def _malformed(mapping: SourceMapping, name: str, sample: Sample) -> list[Finding]:
    if not sample.malformed:
        return []
    line, text = sample.malformed[0]
    private = any(column.private for column in mapping.files[name].columns.values())
    shown = "" if private else f" {text[:60]!r}"
    return [
        Finding(
            "problem" if len(sample.malformed) > sample.rows.num_rows else "note",
            "lines",
            f"{len(sample.malformed)} are no rows, the first is line {line}{shown}",
            "they go to quarantine; if they should be rows, check delimiter, quote and skip_rows",
        )
    ]


def _tasks(mapping: SourceMapping) -> Section:
    findings = []
    reasons = {str(task): reason for task, reason in mapping.unsupported.items()}
    for task in TASKS:
        tables = [table for table in NEEDED_TABLES[task] if mapping.tables.get(table)]
        if task in mapping.supports:
            findings.append(Finding("ok", task, f"supported by {', '.join(tables)}"))
        else:
            needed = " or ".join(NEEDED_TABLES[task])
            advice = "" if not tables else f"{', '.join(tables)} are mapped: could it be supported?"
            text = f"not supported: {reasons[task]} (it needs {needed})"
            findings.append(Finding("note", task, text, advice))
    return Section("tasks", tuple(findings))
