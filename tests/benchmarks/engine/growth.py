"""`python -m tests.benchmarks.engine.growth FOLDER CUSTOMERS TRANSACTIONS MEMORY`: one size of the
growth curve in a process of its own, as the stage `features` computes it from nothing with so much
memory for DuckDB; prints seconds, those of the processor, and peak memory, the spine's among it,
as JSON."""

import json
import sys
import tempfile
import time
from pathlib import Path

from src.core.engine import EngineParams, connect
from src.core.ledger import open_ledger
from src.features.snapshot_files import update_snapshots
from src.features.spec import load_catalogue
from tests.benchmarks.engine import peak_mb
from tests.benchmarks.engine.contenders import CATALOGUE
from tests.benchmarks.engine.made_up import SNAPSHOTS, Size


def main():
    folder, customers, transactions = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    memory = sys.argv[4]
    bank = folder / Size(customers, transactions).folder
    with tempfile.TemporaryDirectory(prefix="features-", dir=folder) as made:
        start, worked = time.perf_counter(), time.process_time()
        ledger, new = open_ledger(bank, connect(EngineParams(memory_limit=memory))), Path(made)
        spec = load_catalogue(CATALOGUE)
        updated = update_snapshots(ledger, SNAPSHOTS, spec, "", new / "none", new)
        seconds, worked = time.perf_counter() - start, time.process_time() - worked
    told = {"rows": sum(updated.rows.values()), "seconds": seconds, "processor": worked}
    print(json.dumps(told | {"peak_mb": peak_mb()}))


if __name__ == "__main__":
    main()
