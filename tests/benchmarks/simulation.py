"""The simulated bank of params.yaml, integrated, for benchmarks that hold it to its truth."""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from src.core.params import load_params
from tests.support.bank.small_banks import CONFIGS, deliver
from tests.support.sources.integration import integrate_into


def arguments(description: str | None) -> argparse.Namespace:
    """customers, seed, folder as given on the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--customers", type=int, help="default: as params.yaml says")
    parser.add_argument("--seed", type=int, help="default: as params.yaml says")
    parser.add_argument("--folder", type=Path, help="keep the bank here, or take the one that is")
    return parser.parse_args()


@contextmanager
def integrated_bank(given: argparse.Namespace) -> Iterator[Path]:
    """A folder with raw, truth, ledger and vault."""
    if given.folder and (given.folder / "ledger").is_dir():
        yield given.folder
        return
    with tempfile.TemporaryDirectory(prefix="kehu-benchmark-") as aside:
        folder = given.folder or Path(aside)
        params = load_params()
        seed = params.seed if given.seed is None else given.seed
        size = {"customers": given.customers or params.simulate.customers}
        simulation = params.simulate.model_copy(update=size)
        start = time.perf_counter()
        deliver(simulation, seed, folder)
        integrate_into(CONFIGS / "simulated.yaml", folder / "raw", folder, params.integrate)
        seconds = time.perf_counter() - start
        print(f"{simulation.customers:,} customers, seed {seed}; made in {seconds:.0f} s\n")
        yield folder
