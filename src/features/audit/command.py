"""`python -m src.features audit`: what it is given, and its exit status."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from src.core.engine import connect
from src.core.errors import ConfigError
from src.core.files import read_json, write_json
from src.core.ledger import open_ledger
from src.core.params import Params, load_params
from src.core.progress import step
from src.core.schemas import TASKS
from src.features.audit.built import NAME, built_subject
from src.features.audit.hear import audit
from src.features.audit.sample import sampled
from src.features.audit.show import show
from src.features.audit.verdict import Audit
from src.features.spec import FeatureSpec, load_catalogue

STAGE = "audit"
BUNDLE = Path("data/bundle")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--catalogue", type=Path, help="a catalogue in YAML or a spec in JSON")
    parser.add_argument("--task", choices=TASKS, help="only what the served model of a task uses")
    parser.add_argument("--only", nargs="+", metavar="FEATURE", help="only these features")
    parser.add_argument("--ledger", type=Path, default=Path("data/ledger"))
    parser.add_argument("--customers", type=int, help="sampled from the ledger")
    parser.add_argument("--snapshots", type=int, help="at which they are looked at")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the whole audit there")
    parser.add_argument("--all", action="store_true", help="list the clean features as well")


def run(arguments: argparse.Namespace) -> None:
    """Audit as asked, print, and exit with 1 if a feature leaks or misses.

    What is not given is as in params.yaml.
    """
    params = load_params()
    given = {key: getattr(arguments, key) for key in ("customers", "snapshots")}
    sizes = params.audit.model_copy(update={k: v for k, v in given.items() if v is not None})
    seed = params.seed if arguments.seed is None else arguments.seed
    params = params.model_copy(update={"audit": sizes, "seed": seed})
    spec = chosen_spec(arguments, params.features.catalogue)
    found = audited(spec, arguments.ledger, params)
    console = Console(width=None if sys.stdout.isatty() else 160)
    show(found, console, every=arguments.all)
    if arguments.json is not None:
        write_json(arguments.json, found.to_json())
    if not found.passed:
        sys.exit(1)


def audited(spec: FeatureSpec, folder: Path, params: Params) -> Audit:
    """The audit of a spec on a sample of the ledger in `folder`, and on one built for the spec."""
    ledger, sizes, seed = open_ledger(folder, connect(params.engine)), params.audit, params.seed
    every = params.features.snapshots
    subjects = (
        lambda: sampled(ledger, str(folder), sizes.customers, sizes.snapshots, every, seed),
        lambda: built_subject(spec, params.engine),
    )
    with step(STAGE, f"{len(spec)} features on {folder} and on a ledger {NAME}"):
        return audit(spec, subjects)


def chosen_spec(arguments: argparse.Namespace, catalogue: Path) -> FeatureSpec:
    """The spec that the arguments name, by default the catalogue.

    Raises ConfigError or FeatureError if there is none such.
    """
    if arguments.task and arguments.catalogue:
        raise ConfigError("found --task and --catalogue; expected one of them.")
    path = arguments.catalogue or catalogue
    if arguments.task:
        path = BUNDLE / arguments.task / "features.json"
    spec = _read(path)
    return spec.select(arguments.only) if arguments.only else spec


def _read(path: Path) -> FeatureSpec:
    if path.suffix == ".json":
        return FeatureSpec.from_json(read_json(path))
    return load_catalogue(path)
