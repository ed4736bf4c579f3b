"""How well integration found the simulator's mistakes, and what it touched without need."""

from pathlib import Path

import pandas as pd

from tests.sources.truth import Truth

_VERSIONED = ("customers", "transactions", "balances")
# rows that integration rejects because another says the same, or says that they never were
_SOUND = ("repeated", "cancellation", "superseded")


def found_errors(truth: Truth, ledger: Path) -> pd.DataFrame:
    """The mistakes that the delivered data give away and that reach the ledger, each with `found`:
    its line was corrected, filled or rejected, or a later version took its place."""
    errors = truth.errors
    errors = errors[errors["recoverable"] | errors["column"].isna() | (errors["kind"] == "orphan")]
    lines = _lines(pd.read_parquet(ledger / "corrections.parquet"))
    lines |= _lines(pd.read_parquet(ledger / "quarantine.parquet"))
    for table in _VERSIONED:
        lineage = pd.read_parquet(ledger / "lineage" / f"{table}.parquet")
        closed = pd.read_parquet(ledger / f"{table}.parquet")["known_until"].notna().to_numpy()
        lines |= _lines(lineage[closed[lineage["row"]]])
    found = [place in lines for place in zip(errors["file"], errors["line"], strict=True)]
    return errors.assign(found=found)


def touched_without_need(truth: Truth, ledger: Path) -> pd.DataFrame:
    """file, line, rule of corrected values and rejected rows in lines without any mistake."""
    corrected = pd.read_parquet(ledger / "corrections.parquet")
    corrected = corrected[corrected["kind"] == "corrected"]
    rejected = pd.read_parquet(ledger / "quarantine.parquet")
    rejected = rejected[~rejected["rule"].isin(_SOUND)]
    touched = pd.concat([corrected, rejected])[["file", "line", "rule"]]
    wrong = _lines(truth.errors)
    clean = [place not in wrong for place in zip(touched["file"], touched["line"], strict=True)]
    return touched[clean].reset_index(drop=True)


def _lines(rows: pd.DataFrame) -> set[tuple[str, int]]:
    return set(zip(rows["file"], rows["line"], strict=True))
