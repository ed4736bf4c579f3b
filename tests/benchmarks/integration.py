"""`python -m tests.benchmarks.integration --customers N`: seconds and memory of each stage from
the extracts to the features, on the simulated bank of params.yaml with N customers.

Each stage is the pipeline's own command, run by itself in a folder that goes afterwards (--folder
keeps it, and takes up what stands in it). --stages picks some of them.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from src.core.files import read_json
from src.privacy.key import PUBLIC, fingerprint

ROOT = Path(__file__).parents[2]
KEY = "for benchmarks alone, worth nothing: 0123456789abcdef"
STAGES = ("check", "collect", "integrate", "quality", "gate", "assets", "features")


def checkout(folder, customers, seed, months):
    """A folder that the stages can run in, with parameters of its own."""
    for name in ("src", "configs"):
        if not (folder / name).exists():
            (folder / name).symlink_to(ROOT / name)
    (folder / "data").mkdir(exist_ok=True)
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["simulate"]["customers"] = customers
    params["simulate"]["months"] = months or params["simulate"]["months"]
    params["seed"] = params["seed"] if seed is None else seed
    (folder / "params.yaml").write_text(yaml.safe_dump(params))


def run(stage, folder, source="simulated"):
    """Wall seconds, processor seconds and peak MB of a stage; its own lines go to <stage>.log."""
    environment = {"KEHU_KEY": KEY} | os.environ
    key = PUBLIC if source == "simulated" else fingerprint(environment["KEHU_KEY"].encode())
    more = [key] if stage == "integrate" else []
    with (folder / f"{stage}.log").open("w") as log:
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "src.pipeline.stage", stage, source, *more],
            cwd=folder,
            env=environment,
            stderr=log,
            stdout=log,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{stage} failed:\n{(folder / f'{stage}.log').read_text()[-2000:]}")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, required=True)
    parser.add_argument("--months", type=int, help="default: that of params.yaml")
    parser.add_argument("--seed", type=int, help="default: that of params.yaml")
    parser.add_argument("--stages", nargs="+", default=STAGES, choices=STAGES)
    parser.add_argument("--folder", type=Path, help="run here, and keep it")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="kehu-benchmark-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        checkout(folder, arguments.customers, arguments.seed, arguments.months)
        print(f"{'stage':<12}{'seconds':>10}{'processor':>11}{'peak MB':>9}", flush=True)
        for stage in arguments.stages:
            seconds, busy, peak = run(stage, folder)
            print(f"{stage:<12}{seconds:>10.1f}{busy:>11.1f}{peak:>9,.0f}", flush=True)
        report(folder)
    finally:
        if arguments.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


def report(folder):
    """Rows in, out and rejected of each ledger table."""
    account = folder / "data/simulated/ledger/integration.json"
    if not account.is_file():
        return
    totals = {}
    for row in read_json(account)["rows"]:
        rows_in, rows_out = totals.get(row["table"], (0, 0))
        totals[row["table"]] = rows_in + row["rows_in"], rows_out + row["rows_out"]
    print(f"\n{'table':<16}{'rows in':>14}{'rows out':>14}{'rejected':>12}")
    for table, (rows_in, rows_out) in totals.items():
        print(f"{table or 'no rows':<16}{rows_in:>14,}{rows_out:>14,}{rows_in - rows_out:>12,}")


if __name__ == "__main__":
    main()
