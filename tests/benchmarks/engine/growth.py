"""`python -m tests.benchmarks.engine.growth FOLDER CUSTOMERS TRANSACTIONS`: one size of the growth
curve in a process of its own; prints seconds and peak memory as JSON."""

import json
import sys
import time
from pathlib import Path

from src.core.engine import EngineParams, connect
from src.core.ledger import open_ledger
from src.features.spec import load_catalogue
from src.features.spine import spine_rows
from src.features.to_parquet import write_features
from tests.benchmarks.engine import peak_mb
from tests.benchmarks.engine.contenders import CATALOGUE
from tests.benchmarks.engine.made_up import SNAPSHOTS, Size


def main():
    folder, customers, transactions = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    bank = folder / Size(customers, transactions).folder
    ledger = open_ledger(bank, connect(EngineParams(memory_limit="2GB")))
    spine, start = spine_rows(ledger, SNAPSHOTS), time.perf_counter()
    rows = write_features(ledger, spine, load_catalogue(CATALOGUE), bank / "features.parquet")
    seconds = time.perf_counter() - start
    (bank / "features.parquet").unlink()
    told = {"rows": rows, "seconds": seconds, "peak_mb": peak_mb()}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
