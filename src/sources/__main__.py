"""`python -m src.sources check MAPPING` and `… draft FOLDER NAME`: onboarding of a source.

check: exit status 1 where integration would stop or the mapping contradicts the ledger; 0 with
warnings for rows that it would put into quarantine.
"""

import argparse
import os
import sys
from pathlib import Path

from src.core.errors import SourceError, run_command
from src.core.params import load_params
from src.core.scratch import scratch_folder
from src.sources.collect import shared_data
from src.sources.mapping.mapping import SourceMapping, load_mapping
from src.sources.onboarding.check import Terms, check_source
from src.sources.onboarding.draft import draft_mapping
from src.sources.onboarding.findings import problems, render
from src.sources.staging.rules import load_rules

INCOMING = Path("data/incoming")
RAW = Path("data/raw")
RULES = Path("configs/rules.yaml")


def main() -> None:
    """Read the arguments; do what they say; exit status 1 if integration would stop."""
    arguments = _arguments()
    if arguments.command == "draft":
        print(draft_mapping(arguments.folder, arguments.name), end="")
        return
    mapping = load_mapping(arguments.mapping)
    folder = arguments.folder or _folder(mapping)
    print(f"{arguments.mapping}: {mapping.description}\nfiles in {folder}\n")
    with scratch_folder("check") as work:
        params, rules = load_params().integrate, load_rules(RULES)
        terms = Terms(arguments.rows, params, rules, os.environ, work)
        sections = check_source(mapping, folder, terms)
    print(render(sections))
    if problems(sections):
        sys.exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m src.sources", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="what a mapping understands of its files")
    check.add_argument("mapping", type=Path, help="configs/sources/NAME.yaml")
    check.add_argument("--rows", type=int, default=1000, help="rows of each file to look at")
    check.add_argument("--folder", type=Path, help="where the files are, if not in data/incoming")
    draft = commands.add_parser("draft", help="print a first mapping of the files in a folder")
    draft.add_argument("folder", type=Path)
    draft.add_argument("name", help="of the source")
    return parser.parse_args()


def _folder(mapping: SourceMapping) -> Path:
    """Where collection would look; of the simulated bank, what it made."""
    made = mapping.generator == "simulated"
    places = (RAW,) if made else (INCOMING / mapping.name, shared_data() / mapping.name)
    for place in places:
        if any(next(place.glob(file.path), None) for file in mapping.files.values()):
            return place
    if all(file.format == "sql" for file in mapping.files.values()):
        return INCOMING / mapping.name
    raise SourceError(
        f"source {mapping.name!r}: none of its files is in {' or '.join(map(str, places))}. "
        f"{'' if made else 'Put them there, or give --folder. '}{mapping.origin}"
    )


if __name__ == "__main__":
    run_command(main)
