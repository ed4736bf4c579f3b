"""Stage assets: every customer's asset size where the data end, advanced from the last run's; on
Spark computed whole."""

from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from src.core.engine import connect_engine
from src.core.errors import SourceError
from src.core.files import read_json, replacing_folder, write_parquet
from src.core.ledger import on_spark, open_ledger
from src.core.progress import say, step
from src.features.asset_advance import advance
from src.features.asset_files import LedgerIdentity, ledger_identity, read_state, write_state
from src.features.asset_state import first_state, state_sizes
from src.features.assets import sizes_at
from src.features.stored import write_rows
from src.pipeline.deliveries.inputs import key_of
from src.pipeline.paths import LINKAGE, RULES
from src.pipeline.run import Run
from src.privacy.key import fingerprint

STAGE = "assets"


def main(run: Run) -> None:
    """Advance the state if the ledger continues it, else start anew; write sizes and state."""
    where = run.paths
    end = read_json(where.ledger / "integration.json")["data_end"]
    if end is None:
        raise SourceError(
            f"{where.ledger}/integration.json: data_end is empty; expected movements or "
            "statements. See the rejected rows there, then run `dvc repro integrate`."
        )
    instant = datetime.fromisoformat(end)
    identity_at = partial(_identity, run, _ledger_made_by(run))
    ledger = open_ledger(where.ledger, connect_engine(run.params.engine))
    if on_spark(ledger.backend):
        with step(STAGE, f"asset size at {instant:%Y-%m-%d}, whole"):
            whole = sizes_at(ledger, instant)
            with replacing_folder(where.assets) as folder:
                write_rows(ledger, whole, folder / "asset_size.parquet")
        return
    state, why_anew = read_state(where.kept / "assets", identity_at, instant)
    how = f"from {state.instant:%Y-%m-%d}" if state else f"anew ({why_anew})"
    with step(STAGE, f"asset size at {instant:%Y-%m-%d}, {how}"):
        state = advance(ledger, state or first_state(), instant)
        sizes = state_sizes(ledger, state)
    say(STAGE, f"{len(sizes):,} customers, {sizes['complete'].mean():.1%} of them complete")
    with replacing_folder(where.kept / "assets") as folder:
        write_state(folder, state, identity_at(instant))
    with replacing_folder(where.assets) as folder:
        write_parquet(folder / "asset_size.parquet", sizes)


def _identity(run: Run, made_by: list[Path], instant: datetime) -> LedgerIdentity:
    """Of the ledger up to an instant, under the source's key."""
    manifest = run.paths.raw / "manifest.json"
    found = ledger_identity(run.paths.ledger, manifest, made_by, instant)
    return replace(found, source=f"{found.source}, key {fingerprint(key_of(run))}")


def _ledger_made_by(run: Run) -> list[Path]:
    """What decides, beside the raw files, what integration makes of them: configuration and code.

    The list of the erased stands for who was left out.
    """
    configured = [run.paths.mapping, RULES, LINKAGE, run.paths.erased_list()]
    code = [Path("src") / name for name in ("core", "privacy", "sources", "features")]
    return [*configured, *code]
