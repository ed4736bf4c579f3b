"""A small source on disk, and what integration makes of it."""

from pathlib import Path

import pandas as pd
import yaml

from tests.support.sources.integration import integrate_into
from tests.support.sources.tiny import MAPPING, MOVES, PEOPLE, RATES


class Bank:
    """A small source on disk that a test may spoil."""

    def __init__(self, folder: Path) -> None:
        self.raw, self.ledger = folder / "raw", folder / "ledger"
        self.mapping = folder / "tiny.yaml"
        self.raw.mkdir(parents=True)
        self.write("people.csv", PEOPLE)
        self.write("moves.csv", MOVES)
        self.write("rates.csv", RATES)
        self.map(MAPPING)

    def write(self, name: str, text: str, encoding: str = "utf-8") -> None:
        (self.raw / name).write_text(text, encoding=encoding)

    def map(self, content: dict) -> None:
        self.mapping.write_text(yaml.safe_dump(content), encoding="utf-8")

    def integrate(self) -> dict:
        return integrate_into(self.mapping, self.raw, self.ledger.parent)

    def contents(self) -> dict[str, bytes]:
        """Every file of the ledger and the vault."""
        folders = (self.ledger, self.ledger.parent / "vault")
        return {str(p): p.read_bytes() for f in folders for p in f.rglob("*") if p.is_file()}

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.ledger / f"{name}.parquet")


def moves(count: int) -> str:
    return "".join(f"{no};A;2021-01-06 00:00:00;IN;1;EUR\n" for no in range(100, 100 + count))
