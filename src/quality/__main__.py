"""`python -m src.quality lineage TABLE ROW` or `… TABLE --key COLUMN=VALUE …`: file and lines of a
ledger row, and what rules changed in them."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from src.core.engine import EngineParams
from src.core.errors import LedgerError, run_command
from src.quality.lineage import Origin, origins, rows_of
from src.quality.session import open_book


def main() -> None:
    """Parse the command line, look up, print."""
    parser = argparse.ArgumentParser(prog="python -m src.quality", description=__doc__)
    parser.add_argument("command", choices=["lineage"])
    parser.add_argument("table", help="a ledger table, such as transactions")
    parser.add_argument("row", nargs="?", type=int, help="place in the table, from 0")
    parser.add_argument(
        "--key", nargs="+", metavar="COLUMN=VALUE", default=[], help="values instead of a place"
    )
    parser.add_argument("--ledger", type=Path, default=Path("data/ledger"))
    arguments = parser.parse_args()
    if (arguments.row is None) == (not arguments.key):
        raise LedgerError(
            "found no row, or a row and a key; expected one of them: `lineage transactions 17` or "
            "`lineage transactions --key transaction_id=T17`."
        )
    for line in look_up(arguments.ledger, arguments.table, arguments.row, arguments.key):
        print(line)


def look_up(ledger: Path, table: str, row: int | None, key: Sequence[str]) -> list[str]:
    """The lines to print: for each row that is meant, where it came from.

    Raises LedgerError if there is no such table, column or row.
    """
    with open_book(ledger, EngineParams()) as book:
        rows = [row] if row is not None else rows_of(book, table, dict(map(_pair, key)))
        if not rows:
            raise LedgerError(f"{table}: no row with {' '.join(key)}. Check the value.")
        return [line for origin in origins(book, table, rows) for line in _shown(table, origin)]


def _pair(text: str) -> tuple[str, str]:
    column, mark, value = text.partition("=")
    if not mark:
        raise LedgerError(f"--key {text}: expected COLUMN=VALUE, such as transaction_id=T17.")
    return column, value


def _shown(table: str, origin: Origin) -> list[str]:
    key = ", ".join(f"{column} {value}" for column, value in origin.key.items())
    lines = [f"{table} row {origin.row} ({key})"]
    lines += [f"  {file}:{line}" for file, line in origin.lines]
    if not origin.lines:
        lines.append("  of no file: made by integration itself, see `added` in integration.json")
    lines += [
        f"  {kind} {column} by rule {rule} at {file}:{line}"
        for file, line, column, rule, kind in origin.changes
    ]
    return lines


if __name__ == "__main__":
    run_command(main)
