"""The real command in a process of its own, and in this one."""

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from src.cli.app import kehu as root

PROJECT = Path(__file__).resolve().parents[3]
# what `pip` installs as bin/kehu calls main of this file and nothing else
START = PROJECT / "src/cli/start/kehu.py"


def kehu(
    *arguments: str, folder: Path = PROJECT, given: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in `folder`. given: its standard input."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, str(START), *arguments],
        cwd=folder,
        env=kept | environment,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )


def asked(*arguments: str, given: str = "") -> Result:
    """Run a command in this process and folder; errors stay exceptions in the result."""
    return CliRunner().invoke(root, arguments, input=given, obj=Path.cwd(), standalone_mode=False)
