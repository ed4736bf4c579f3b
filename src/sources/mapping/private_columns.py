"""Where a private column may go: into pseudonyms, scrubbed texts and the vault alone."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from src.privacy.expressions import EVERY, mentions
from src.privacy.origins import RawPlace, made_of, targets, told_by
from src.sources.mapping.entries import Entry, Target
from src.sources.mapping.raw_files import Private, RawColumn, RawFile
from src.sources.mapping.rule import Rule

if TYPE_CHECKING:
    from src.sources.mapping.mapping import SourceMapping

# Ledger columns that become pseudonyms, and of what kind a raw column is that they are made of.
PSEUDONYMOUS: Mapping[str, Private] = {
    "customer_id": "record",
    "account_id": "account",
    "counterparty": "account",
}
# Ledger columns of free text, out of which integration takes what identifies anybody.
FREE_TEXT: Mapping[str, str] = {"interactions": "text", "questionnaires": "answers"}
_PRIVATE: Mapping[str, Private] = {
    **PSEUDONYMOUS,
    **dict.fromkeys(FREE_TEXT.values(), "text"),
}
# What an identity tells, and what its columns have to be marked as.
_TELLING = {key: key for key in ("name", "phone", "address", "id_number", "email")} | {
    "account": "account, or text for its last digits alone"
}
_REMEDY = (
    "expected it in customer_id, account_id and counterparty alone, which become pseudonyms. "
    "Leave it out, or only ask about it: CASE WHEN … THEN 'a word' END"
)


def require_private(mapping: "SourceMapping") -> None:
    """Raise ValueError, with the remedy, for a private column whose values would stand in the
    ledger, marked as private or feeding a column that becomes pseudonyms.

    A comparison or the condition of a CASE may ask about a private column, and `values` of an
    expression look it up: their results are the mapping's own words. An identity number may tell
    the date of birth.
    """
    mapping = mapping.model_copy(update={"files": with_implied(mapping, alone=True)})
    for table, entries in mapping.tables.items():
        asides: dict[str, set[Private]] = {}
        for number, entry in enumerate(entries):
            if entry.file is None:
                continue
            where = f"tables.{table}[{number}]"
            for column, target in entry.columns.items():
                with _at(f"{where}.columns.{column}"):
                    _require_target(mapping, entry, column, target)
            for name, sql in entry.aside.items():
                with _at(f"{where}.aside.{name}"):
                    kinds = _kinds(mapping, told_by(mapping, entry, sql))
                    asides.setdefault(name, set()).update(kinds.values())
        for rule in mapping.rules:
            if rule.table == table:
                require_private_rule(rule, asides)


def require_private_rule(rule: Rule, asides: Mapping[str, Iterable[Private]] | None = None) -> None:
    """Raise ValueError for a rule that would copy what is private into a column that shows.

    asides: the private kinds of which the entries' `aside` columns are made.
    """
    known = {name: {kind} for name, kind in _PRIVATE.items()}
    for name, kinds in (asides or {}).items():
        known.setdefault(name.lower(), set()).update(kinds)
    for column, sql in (*rule.correct.items(), *rule.impute.items()):
        with _at(f"rule {rule.name!r}, column {column!r}"):
            told = {name.lower() for name, *_ in mentions(sql).told}
            for name in sorted(known if EVERY in told else known.keys() & told):
                for kind in sorted(known[name]):
                    if not _may_reach(kind, column):
                        raise ValueError(f"{name!r} is private ({kind}); {_REMEDY}")


def with_implied(mapping: "SourceMapping", *, alone: bool = False) -> dict[str, RawFile]:
    """The mapping's files, in which each raw column is private that a pseudonymous or a free text
    column of the ledger is made of, whether its author wrote so or not.

    Alone it is of that kind; of several that make one value each counts as text, for none of them
    says by itself whose a row is. alone: leave those several out.
    """
    files = dict(mapping.files)
    for entry, column, target in targets(mapping):
        kind = _PRIVATE.get(column)
        if kind is None:
            continue
        places = made_of(mapping, entry, target)
        for file, name in places if len(places) == 1 or not alone else ():
            raw = files[file].columns[name]
            if raw.private in (None, "text"):
                files[file] = _marked(files[file], name, kind if len(places) == 1 else "text")
    return files


def _marked(file: RawFile, name: str, kind: Private) -> RawFile:
    column = file.columns[name].model_copy(update={"private": kind})
    return file.model_copy(update={"columns": {**file.columns, name: column}})


def _require_target(mapping: "SourceMapping", entry: Entry, column: str, target: Target) -> None:
    if target.expression is not None and target.values is not None:
        return
    for (file, name), kind in sorted(_kinds(mapping, made_of(mapping, entry, target)).items()):
        if not _may_reach(kind, column):
            raise ValueError(f"files.{file}.columns.{name} is private ({kind}); {_REMEDY}")


def _may_reach(kind: Private, column: str) -> bool:
    if column == "birth_date":
        return kind == "id_number"
    return column in PSEUDONYMOUS or (kind == "text" and column in FREE_TEXT.values())


def _kinds(mapping: "SourceMapping", places: Iterable[RawPlace]) -> dict[RawPlace, Private]:
    found = {(file, name): mapping.files[file].columns[name].private for file, name in places}
    return {place: kind for place, kind in found.items() if kind is not None}


def require_marked(mapping: "SourceMapping") -> None:
    """Raise ValueError, with the remedy, for a column of `identities` that is not marked as
    private: where customers are resolved, all that tells who somebody is has its mark."""
    for number, identity in enumerate(mapping.identities):
        known = mapping.files[identity.file].columns
        where = f"files.{identity.file}.columns"
        _require_kind(f"{where}.{identity.id}", known[identity.id], "record")
        for key, kind in _TELLING.items():
            with _at(f"identities[{number}].{key}"):
                named = mentions(getattr(identity, key) or "NULL").named
            for name, *_ in sorted(named):
                if name in known and known[name].private is None:
                    _require_kind(f"{where}.{name}", known[name], kind)
    for entry, column, target in targets(mapping) if mapping.identities else ():
        if target.from_ is not None and column in ("customer_id", "account_id"):
            for file, name in made_of(mapping, entry, target):
                raw = mapping.files[file].columns[name]
                _require_kind(f"columns.{column}: {target.from_}", raw, PSEUDONYMOUS[column])


def _require_kind(where: str, column: RawColumn, kind: str) -> None:
    if column.private is None or (kind in ("record", "account") and column.private != kind):
        raise ValueError(
            f"{where} identifies a customer; write 'private: {kind}' beside its type, so that "
            "masking and erasing find it"
        )


@contextmanager
def _at(where: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error
