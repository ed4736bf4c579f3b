"""`kehu quality`: from a row of the ledger back to the files."""

from dataclasses import asdict
from pathlib import Path

import click

from src.cli.base import GivenPath, as_json, asked_for, example, print_json
from src.cli.source import source_option


@click.group(epilog=example("kehu quality lineage transactions 17"))
def quality() -> None:
    """Ask where rows of the ledger came from."""


@quality.command(
    epilog=example(
        "kehu quality lineage transactions 17",
        "echo transaction_id=T17 | kehu quality lineage transactions --key",
    )
)
@click.argument("table")
@click.argument("row", type=click.IntRange(min=0), required=False)
@click.option("--key", is_flag=True, help="Read COLUMN=VALUE, one a line, in place of ROW.")
@click.option("--ledger", type=GivenPath(), help="The ledger's folder, if not the source's.")
@source_option
@as_json
def lineage(
    table: str, row: int | None, key: bool, ledger: Path | None, source: str, as_json: bool
) -> None:
    """Print the files and lines that a row came from.

    What rules changed in these lines is told as well. ROW is the place in TABLE, from 0. With --key
    the row is looked up by values, which are read from standard input or asked for, so that no
    other user of the machine sees them.
    """
    if (row is None) == (not key):
        raise click.UsageError("found no row, or a row and --key; expected one of them.")
    from src.pipeline.paths import SourcePaths
    from src.quality.lineage import look_up, told

    pairs = asked_for("COLUMN=VALUE of the row's key") if key else []
    found = look_up(ledger or SourcePaths(source).ledger, table, row, pairs)
    if as_json:
        print_json([asdict(origin) for origin in found])
    else:
        click.echo("\n".join(line for origin in found for line in told(table, origin)))
