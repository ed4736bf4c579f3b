"""The root of the command line: all groups, exit codes, completion."""

import sys
from pathlib import Path
from typing import NoReturn

import click

from src.cli.base import EXIT_CODES, example, refuse
from src.cli.customers import erase, privacy
from src.cli.features import features, params
from src.cli.ledger import quality
from src.cli.models import promote, rollback, run_pipeline, serve
from src.cli.sources import source
from src.cli.watching import changes, monitor
from src.core.errors import KehuError, run_command
from src.core.process import quiet_threads

_EPILOG = "\n".join(
    [
        example("kehu run", "kehu serve", "kehu source --help"),
        "",
        "\b",
        "Exit status:",
        *(f"  {code}  {meaning}" for code, meaning in EXIT_CODES.items()),
        "",
        "\b",
        "Completion of words, in bash (zsh and fish alike), from the project's folder:",
        "  _KEHU_COMPLETE=bash_source kehu > ~/.kehu-complete.sh",
        "  . ~/.kehu-complete.sh",
    ]
)


@click.group(epilog=_EPILOG)
def kehu() -> None:
    """Kehu classifies a bank's customers: from deliveries to models that are served.

    Each command and each group has a --help with an example. KEHU_DEBUG=1 shows the traceback of an
    error.
    """


for _command in (
    *(run_pipeline, promote, rollback, serve, monitor, changes),
    *(source, features, params, quality, privacy, erase),
):
    kehu.add_command(_command)


def run(started_in: Path) -> NoReturn:
    """Do what the arguments of this process say, and end it with the exit status.

    started_in: the folder in which the user stands; paths in arguments are relative to it. The
    current folder is the project's.
    """
    quiet_threads()  # before a command imports LightGBM
    run_command(lambda: _run(started_in))


def _run(started_in: Path) -> None:
    try:
        status = kehu.main(prog_name="kehu", standalone_mode=False, obj=started_in)
    except click.ClickException as error:
        refuse(error)
    except click.Abort:
        raise KehuError("interrupted; nothing more was done.") from None
    if isinstance(status, int) and status:
        sys.exit(status)
