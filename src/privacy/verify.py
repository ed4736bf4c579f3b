"""After an erasure: what still names the erased, and where. Nothing is taken on trust."""

from collections.abc import Iterable
from pathlib import Path

from src.privacy.declared import Source
from src.privacy.erased import Erased
from src.privacy.erasure import Erasure
from src.privacy.raw_values import read_values
from src.privacy.redact import erased_rows, raw_paths
from src.privacy.traces import Search, Trace, sorted_traces
from src.privacy.vault import DETAILS, Vault

_IN_TEXT = ("pseudonym", "record", "phone", "id_number", "email")


def still_there(
    erasure: Erasure, source: Source, raw: Path, vault: Vault, erased: Erased, made: Iterable[Path]
) -> list[Trace]:
    """Every trace of the erased persons in the raw files, the vault and what was made of them.

    made: files and folders of outputs and copies, in which nothing at all may name one of them. In
    the raw files and in the vault, where others' names stand, a value counts only where it is the
    whole of a cell, or is a number or an address of theirs alone.
    """
    return [
        *_in_raw(erasure, source, raw, erased),
        *_in_vault(erasure, vault),
        *erasure.search.in_files(made),
    ]


def _in_raw(erasure: Erasure, source: Source, raw: Path, erased: Erased) -> list[Trace]:
    rows = erased_rows(source, raw, erased)
    traces = {Trace(str(raw / name), "", f"{count} erased rows") for name, count in rows.items()}
    for file in source.files.values():
        columns = {c: made.private for c, made in file.columns.items() if made.private in DETAILS}
        wanted = {column: set(erasure.details[str(kind)]) for column, kind in columns.items()}
        for path in raw_paths(file, raw) if columns else []:
            for row in read_values(path, file, list(columns)):
                for (column, kind), value in zip(columns.items(), row, strict=True):
                    if value in wanted[column]:
                        traces.add(Trace(str(path), column, str(kind)))
    return [*sorted_traces(traces), *_numbers(erasure).in_files([raw])]


def _in_vault(erasure: Erasure, vault: Vault) -> list[Trace]:
    asked = [
        ("identities", "customer_id", erasure.pseudonyms, "pseudonym"),
        ("identities", "record", erasure.references, "record"),
        ("cross_reference", "customer_id", erasure.pseudonyms, "pseudonym"),
        ("cross_reference", "record", erasure.references, "record"),
        ("links", "left_record", erasure.references, "record"),
        ("links", "right_record", erasure.references, "record"),
        ("accounts", "account_id", erasure.account_ids, "account"),
        *(("identities", kind, erasure.details[kind], kind) for kind in DETAILS),
    ]
    traces = {
        Trace(str(vault.folder / f"{table}.parquet"), column, kind)
        for table, column, values, kind in asked
        if vault.rows(table, column, values).num_rows
    }
    return [*sorted_traces(traces), *_numbers(erasure).in_files([vault.folder])]


def _numbers(erasure: Erasure) -> Search:
    found = erasure.search.texts
    return Search({kind: found[kind] for kind in _IN_TEXT if kind in found})
