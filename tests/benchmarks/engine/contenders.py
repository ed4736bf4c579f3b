"""`python -m tests.benchmarks.engine.contenders NAME …`: one contender in a process of its own, so
that its peak memory is its own. Each begins with the ledger's files. Writes its result and prints
its seconds and memory as JSON."""

import argparse
import json
import statistics
import time
from pathlib import Path

import duckdb
import pandas as pd

from src.core.engine import EngineParams, connect
from src.core.files import read_parquet
from src.core.ledger import open_ledger, with_hindsight
from src.core.schemas import TABLES
from src.features.build import build_features
from src.features.spec import FeatureSpec, load_catalogue
from tests.benchmarks.engine import peak_mb
from tests.benchmarks.engine.by_pandas import features_by_pandas, groupable
from tests.benchmarks.engine.one_query import features_by_query, sayable

CATALOGUE = Path("configs/features.yaml")
# What takes no longer is timed several times, and again until it has taken so long in all.
SHORT_SECONDS, ENOUGH_SECONDS = 60.0, 10.0
SUBSETS = {"all": lambda spec: spec, "query": sayable, "pandas": groupable}


def chosen(features: str) -> FeatureSpec:
    """The catalogue's features of that subset, or those named in a file."""
    spec = load_catalogue(CATALOGUE)
    if features in SUBSETS:
        return SUBSETS[features](spec)
    return spec.select(json.loads(Path(features).read_text()))


def kehu(bank: Path, spine: pd.DataFrame, spec: FeatureSpec, given: argparse.Namespace):
    """Our own."""
    ledger = open_ledger(bank, connect(EngineParams(memory_limit=given.memory)))
    ledger = with_hindsight(ledger) if given.hindsight else ledger
    return lambda: build_features(ledger, spine, spec)


def query(bank: Path, spine: pd.DataFrame, spec: FeatureSpec, given: argparse.Namespace):
    """One DuckDB query per snapshot."""
    connection = duckdb.connect()
    connection.execute(f"SET memory_limit = '{given.memory}'; SET threads = 2")
    connection.execute(f"SET temp_directory = '{bank}/spilled'")
    for table in TABLES:
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM '{bank}/{table}.parquet'")
    return lambda: features_by_query(connection, spine, spec)


def pandas(bank: Path, spine: pd.DataFrame, spec: FeatureSpec, given: argparse.Namespace):
    """A groupby per feature, window and snapshot."""

    def compute():
        tables = {name: read_parquet(bank / f"{name}.parquet") for name in TABLES}
        return features_by_pandas(tables, spine, spec)

    return compute


def timed(compute, runs: int) -> tuple[list[float], pd.DataFrame]:
    """Seconds of each run, at least `runs`, and the result: one run alone where it is long."""
    seconds: list[float] = []
    while not seconds or (
        seconds[0] < SHORT_SECONDS and (len(seconds) < runs or sum(seconds) < ENOUGH_SECONDS)
    ):
        start = time.perf_counter()
        result = compute()
        seconds.append(time.perf_counter() - start)
    return seconds, result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("contender", choices=("kehu", "query", "pandas"))
    parser.add_argument("bank", type=Path)
    parser.add_argument("spine", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--features", default="all", help="all, query, pandas or a JSON file")
    parser.add_argument("--hindsight", action="store_true", help="one clock: no late knowledge")
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    spine = read_parquet(given.spine)
    spec = chosen(given.features)
    start = globals()[given.contender](given.bank, spine, spec, given)
    seconds, result = timed(start, given.runs)
    result.to_parquet(given.result)
    told = {"seconds": statistics.median(seconds), "runs": len(seconds), "peak_mb": peak_mb()}
    print(json.dumps(told | {"features": len(spec), "rows": len(result)}))


if __name__ == "__main__":
    main()
