"""From the raw extracts of one source to the ledger, with every row accounted for."""

from pathlib import Path

from src.core.files import replacing_folder, write_json, write_parquet
from src.core.params import IntegrateParams
from src.core.progress import say, step
from src.core.schemas import LEDGER
from src.sources.identity.golden import make_golden
from src.sources.identity.identities import make_history, make_membership
from src.sources.identity.private import keep_vault, make_pseudonyms, scrub_texts
from src.sources.identity.rejected import make_rejected, rejected_of_customers
from src.sources.identity.spans import make_spans
from src.sources.ledger.account import account
from src.sources.ledger.quarantine import changed_values, note_repairs, rejected_rows
from src.sources.ledger.write import write_table
from src.sources.linkage.model import LinkageModel
from src.sources.mapping.mapping import SourceMapping
from src.sources.mapping.rule import Rule
from src.sources.reading.read import read_file
from src.sources.staging.limits import mark_orphans
from src.sources.staging.prepare import prepare_table
from src.sources.staging.rules import RuleCount, make_changes, require_causal
from src.sources.staging.session import open_no_more_files, work_session
from src.sources.staging.versions import belongs_to_customers, close_versions
from src.sources.staging.work import Work

STAGE = "integrate"


def integrate(
    mapping: SourceMapping,
    rules: tuple[Rule, ...],
    linkage: LinkageModel,
    raw: Path,
    ledger: Path,
    vault: Path,
    key: bytes,
    params: IntegrateParams,
) -> None:
    """Read the extracts in `raw` as `mapping` declares and write two folders, each as a whole.

    ledger: all nine tables, lineage/<table>.parquet, quarantine.parquet, corrections.parquet,
    rejected.parquet (what the tables lack, by customer) and integration.json; customers, accounts
    and counterparties appear by pseudonyms that follow from `key`. vault: who is who. Raises
    ConfigError for a rule that looks ahead, SourceError (a file, column or value is not as
    declared) or LedgerError; the old folders stay as they were.
    """
    require_causal(mapping.rules, mapping.where)
    with work_session(params) as connection, replacing_folder(ledger) as aside:
        work = Work(connection, mapping, raw, params)
        _read(work)
        make_changes(connection)
        counts = [count for table in LEDGER for count in _prepare(work, table, rules)]
        _resolve(work, linkage, (*mapping.rules, *rules))
        with step(STAGE, "pseudonyms"):
            make_pseudonyms(work, key)
            scrub_texts(work)
        written = {table: _write(work, table, aside) for table in LEDGER}
        note_repairs(work)
        write_parquet(aside / "quarantine.parquet", rejected_rows(work))
        write_parquet(aside / "corrections.parquet", changed_values(work))
        write_parquet(aside / "rejected.parquet", rejected_of_customers(work))
        write_json(aside / "integration.json", account(work, counts, written))
        keep_vault(work, vault)


def _read(work: Work) -> None:
    for name, file in work.mapping.files.items():
        with step(STAGE, f"{file.path}: reading and checking"):
            work.deliveries[name] = read_file(
                work.connection, work.mapping, name, work.raw, work.params
            )
    delivered = [work.raw / each.file for some in work.deliveries.values() for each in some]
    open_no_more_files(work.connection, but=delivered)


def _prepare(work: Work, table: str, rules: tuple[Rule, ...]) -> list[RuleCount]:
    with step(STAGE, f"{table}: converting"):
        return prepare_table(work, table, rules)


def _resolve(work: Work, linkage: LinkageModel, rules: tuple[Rule, ...]) -> None:
    """Records become customers: whose each row is, from when until when, and which take the place
    of which."""
    with step(STAGE, "identities"):
        make_history(work, linkage)
        make_membership(work)
        mark_orphans(work, "customers")
        make_golden(work, rules)
    with step(STAGE, "whose rows are whose"):
        for table in LEDGER:
            if belongs_to_customers(table):
                mark_orphans(work, table)
                close_versions(work, table)
            make_spans(work, table)
        make_rejected(work)


def _write(work: Work, table: str, folder: Path) -> int:
    with step(STAGE, f"{table}: writing"):
        rows = write_table(work, table, folder)
    say(STAGE, f"{table}: {rows:,} rows written")
    return rows
