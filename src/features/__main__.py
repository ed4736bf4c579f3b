"""`python -m src.features dictionary` prints the feature dictionary as Markdown; `… audit` tries
whether any feature sees what it must not.

audit: exit status 1 where a feature leaks or misses.
"""

import argparse
import sys
from pathlib import Path

from src.core.errors import run_command
from src.features.audit import command as audit
from src.features.dictionary import feature_dictionary


def main() -> None:
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m src.features", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    dictionary = commands.add_parser("dictionary", help="all features, as Markdown")
    dictionary.add_argument("--catalogue", type=Path, default=Path("configs/features.yaml"))
    audit.add_arguments(commands.add_parser("audit", help="leak tests, with a verdict per feature"))
    arguments = parser.parse_args()
    if arguments.command == "audit":
        audit.run(arguments)
    else:
        sys.stdout.write(feature_dictionary(arguments.catalogue))


if __name__ == "__main__":
    run_command(main)
