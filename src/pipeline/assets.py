"""Stage assets: every customer's asset size where the data end, advanced from the last run's; on
Spark computed whole."""

from datetime import datetime
from functools import partial

from src.core.engine import connect_engine
from src.core.errors import SourceError, run_command
from src.core.files import read_json, replacing_folder, write_parquet
from src.core.ledger import on_spark, open_ledger
from src.core.params import load_params
from src.core.progress import say, step
from src.features.asset_advance import advance
from src.features.asset_files import ledger_identity, read_state, write_state
from src.features.asset_state import first_state, state_sizes
from src.features.assets import sizes_at
from src.features.stored import write_rows
from src.pipeline import paths

STAGE = "assets"


def main() -> None:
    """Advance the state if the ledger continues it, else start anew; write sizes and state."""
    params = load_params()
    end = read_json(paths.LEDGER / "integration.json")["data_end"]
    if end is None:
        raise SourceError(
            f"{paths.LEDGER}/integration.json: data_end is empty; expected movements or "
            "statements. See the rejected rows there, then run `dvc repro integrate`."
        )
    instant = datetime.fromisoformat(end)
    made_by = paths.ledger_made_by(params.source)
    identity_at = partial(ledger_identity, paths.LEDGER, paths.RAW / "manifest.json", made_by)
    ledger = open_ledger(paths.LEDGER, connect_engine(params.engine))
    if on_spark(ledger.backend):
        with step(STAGE, f"asset size at {instant:%Y-%m-%d}, whole"):
            whole = sizes_at(ledger, instant)
            with replacing_folder(paths.ASSETS) as folder:
                write_rows(ledger, whole, folder / "asset_size.parquet")
        return
    state, why_anew = read_state(paths.ASSETS / "state", identity_at, instant)
    how = f"from {state.instant:%Y-%m-%d}" if state else f"anew ({why_anew})"
    with step(STAGE, f"asset size at {instant:%Y-%m-%d}, {how}"):
        state = advance(ledger, state or first_state(), instant)
        sizes = state_sizes(ledger, state)
    say(STAGE, f"{len(sizes):,} customers, {sizes['complete'].mean():.1%} of them complete")
    with replacing_folder(paths.ASSETS) as folder:
        write_parquet(folder / "asset_size.parquet", sizes)
        write_state(folder / "state", state, identity_at(instant))


if __name__ == "__main__":
    run_command(main)
