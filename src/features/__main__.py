"""`python -m src.features dictionary` prints the feature dictionary as Markdown."""

import argparse
import sys
from pathlib import Path

from src.core.errors import run_command
from src.features.dictionary import feature_dictionary


def main() -> None:
    """Parse the command line and print."""
    parser = argparse.ArgumentParser(prog="python -m src.features", description=__doc__)
    parser.add_argument("command", choices=["dictionary"])
    parser.add_argument("--catalogue", type=Path, default=Path("configs/features.yaml"))
    arguments = parser.parse_args()
    sys.stdout.write(feature_dictionary(arguments.catalogue))


if __name__ == "__main__":
    run_command(main)
