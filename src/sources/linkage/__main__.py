"""`python -m src.sources.linkage train` estimates configs/linkage.yaml anew.

Without --raw it simulates a bank of its own with --seed; with --raw it reads the customer records
of the extracts in that folder, as the mapping of --source declares them.
"""

import argparse
import sys
from pathlib import Path

from src.bank.write import simulate
from src.core.errors import SourceError, run_command
from src.core.params import Params, load_params
from src.core.scratch import scratch_folder
from src.sources.linkage.extracts import read_identities
from src.sources.linkage.model import LINKAGE_FILE, load_linkage
from src.sources.linkage.train import train, write_linkage
from src.sources.mapping.mapping import SourceMapping, load_mapping
from src.sources.staging.session import work_session

MAPPINGS = Path("configs/sources")
SIMULATED = "simulated"


def main() -> None:
    """Parse the command line, train, write the model and print its weights."""
    parser = argparse.ArgumentParser(
        prog="python -m src.sources.linkage",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=["train"])
    parser.add_argument("--source", default=SIMULATED, help="mapping of the extracts")
    parser.add_argument("--raw", type=Path, help="folder of extracts; absent: simulate them")
    parser.add_argument("--seed", type=int, default=11, help="of the simulation and the sampling")
    parser.add_argument("--model", type=Path, default=LINKAGE_FILE, help="read, then replaced")
    arguments = parser.parse_args()
    mapping, params = load_mapping(MAPPINGS / f"{arguments.source}.yaml"), load_params()
    if not mapping.identities:
        raise SourceError(
            f"{mapping.where}: no identities, so there is nothing to train on. "
            "Declare under `identities` which files hold customer records of which system."
        )
    if arguments.raw is not None:
        _train(arguments.raw, mapping, params, f"{mapping.name}, {arguments.raw}", arguments)
        return
    about = f"the simulated bank, {params.simulate.customers:,} customers, seed {arguments.seed}"
    with scratch_folder("linkage") as folder:
        raw, truth = folder / "raw", folder / "truth"
        raw.mkdir()
        truth.mkdir()
        simulate(params.simulate, arguments.seed, raw, truth)
        _train(raw, mapping, params, about, arguments)


def _train(
    raw: Path, mapping: SourceMapping, params: Params, about: str, arguments: argparse.Namespace
) -> None:
    model = load_linkage(arguments.model)
    with work_session(params.integrate) as connection:
        read_identities(connection, mapping, raw, params.integrate)
        trained = train(connection, model, about, arguments.seed)
    write_linkage(arguments.model, trained)
    for comparison in trained.comparisons:
        for level in comparison.levels[1:]:
            sys.stdout.write(f"{comparison.name:12} {level.name:24} {level.weight:+7.2f} bits\n")


if __name__ == "__main__":
    run_command(main)
