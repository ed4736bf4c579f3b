"""A check of a source's mapping against the first rows of its files, field by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from src.core.errors import SourceError
from src.core.params import IntegrateParams
from src.core.schemas import TASKS
from src.sources.extracts.database import extract
from src.sources.mapping.consistency import NEEDED_TABLES
from src.sources.mapping.mapping import SourceMapping
from src.sources.mapping.rule import Rule
from src.sources.onboarding.check_entries import check_entry, check_identity
from src.sources.onboarding.check_files import FileCheck
from src.sources.onboarding.draft import TODO
from src.sources.onboarding.findings import Finding, Section
from src.sources.onboarding.looked import Looked
from src.sources.onboarding.rehearsal import rehearse
from src.sources.reading.deliveries import Delivery, find_deliveries
from src.sources.reading.read import DeliveryAccount
from src.sources.staging.session import open_no_more_files, work_session
from src.sources.staging.work import Work


@dataclass(frozen=True)
class Terms:
    """What a check is made with. rows: of each file to look at; rules: the general ones;
    environment: holds the secrets of databases; work: an empty folder for their extracts."""

    rows: int
    params: IntegrateParams
    rules: tuple[Rule, ...]
    environment: Mapping[str, str]
    work: Path


def check_source(mapping: SourceMapping, folder: Path, terms: Terms) -> list[Section]:
    """What the first rows of each file in `folder` tell about the mapping.

    Sections: the files, the entries of `identities` and `tables` with what integration would make
    of the rows, the rules, the tasks, what is left to do.
    """
    sections, looked = [], {}
    deliveries: dict[str, list[Delivery]] = {}
    with work_session(terms.params) as connection:
        check = FileCheck(connection, mapping, terms.rows, terms.params.max_unreadable_share)
        for name, file in mapping.files.items():
            place = terms.work if file.format == "sql" else folder
            try:
                deliveries[name] = _deliveries(mapping, name, place, terms)
            except SourceError as error:
                found = check.without(name, Finding("problem", "file", str(error)))
            else:
                found = check.of(name, deliveries[name], place)
            sections.append(found.section)
            looked[name] = found.looked
        open_no_more_files(connection)
        for number in range(len(mapping.identities)):
            sections.append(check_identity(connection, mapping, number))
        accounts = {name: _accounts(each) for name, each in deliveries.items()}
        work = Work(connection, mapping, folder, terms.params, accounts)
        sections += _entries(work, looked, terms.rules)
    return [*sections, _tasks(mapping), *_left_to_do(mapping)]


def _deliveries(mapping: SourceMapping, name: str, place: Path, terms: Terms) -> list[Delivery]:
    file, where = mapping.files[name], f"files.{name} in {mapping.where}"
    if file.format == "sql":
        extract(file, where, place / file.path, dict(terms.environment), most=terms.rows)
    return find_deliveries(file, place, where)


def _accounts(deliveries: list[Delivery]) -> list[DeliveryAccount]:
    """The deliveries as integration knows them, without their rows."""
    return [DeliveryAccount(d.name, d.delivered, 0, None, 0) for d in deliveries]


def _entries(
    work: Work, looked: Mapping[str, Looked], rules: tuple[Rule, ...]
) -> Iterator[Section]:
    """A section for each entry, and one for what is not of a single entry."""
    sections = {
        (table, number): check_entry(work.connection, work.mapping, table, number, looked)
        for table, entries in work.mapping.tables.items()
        for number in range(len(entries))
    }
    broken = {
        table
        for (table, _), section in sections.items()
        if any(finding.level == "problem" for finding in section.findings)
    }
    rehearsed = rehearse(work, rules, looked, broken)
    for key, section in sections.items():
        yield Section(section.title, (*section.findings, *rehearsed.entries.get(key, ())))
    for title, findings in (("rules", rehearsed.rules), ("integration", rehearsed.stopped)):
        if findings:
            yield Section(title, tuple(findings))


def _tasks(mapping: SourceMapping) -> Section:
    findings = []
    reasons = {str(task): reason for task, reason in mapping.unsupported.items()}
    for task in TASKS:
        tables = [table for table in NEEDED_TABLES[task] if mapping.tables.get(table)]
        if task in mapping.supports:
            findings.append(Finding("ok", task, f"supported by {', '.join(tables)}"))
        else:
            needed = " or ".join(NEEDED_TABLES[task])
            text = f"not supported: {reasons[task]} (it needs {needed})"
            findings.append(Finding("note", task, text))
    return Section("tasks", tuple(findings))


def _left_to_do(mapping: SourceMapping) -> list[Section]:
    """What a draft left for the user to say."""
    findings = tuple(
        Finding("warning", key, f"says {text!r}", "write what is so")
        for key, text in _texts(mapping.model_dump(exclude_defaults=True), "")
        if text.startswith(TODO)
    )
    return [Section("left to do", findings)] if findings else []


def _texts(value: object, key: str) -> Iterator[tuple[str, str]]:
    """Every text of the mapping with its key."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts(part, f"{key}.{name}" if key else str(name))
    elif isinstance(value, tuple | list):
        for number, part in enumerate(value):
            yield from _texts(part, f"{key}[{number}]")
