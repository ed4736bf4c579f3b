"""`python -m tests.benchmarks.features`: the features of a made-up bank, by Kehu and by others.

One run times Kehu, one DuckDB query per snapshot, pandas and featuretools on ledgers of the same
making, each in a process of its own, holds their results equal, prints the ratios on equal size and
equal features, and draws them. `--grow 1 10 100` measures seconds and peak memory by millions of
transactions instead. featuretools wants an environment of its own: see
tests/benchmarks/engine/by_featuretools.py, and name its Python with --featuretools-python.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd

from src.core.engine import EngineParams, connect
from src.core.ledger import open_ledger, with_hindsight
from src.features.definitions.events import Windowed
from src.features.spec import load_catalogue
from src.features.spine import make_spine
from tests.benchmarks.engine import by_featuretools_file
from tests.benchmarks.engine.contenders import CATALOGUE
from tests.benchmarks.engine.made_up import SNAPSHOTS, Size, write_bank

mpl.use("Agg")
import matplotlib.pyplot as plt

TARGETS = {"query": 10, "pandas": 20, "featuretools": 100}


@dataclass(frozen=True)
class Contest:
    """Kehu against another, on one ledger and one set of features."""

    other: str
    kehu: dict
    found: dict
    differing: int

    @property
    def ratio(self) -> float:
        return self.found["seconds"] / self.kehu["seconds"]


def prepared(folder, size, hindsight=False):
    """The bank's folder, written if it is not there, and its spine's file."""
    bank = folder / size.folder
    if not (bank / "transactions.parquet").is_file():
        write_bank(bank, size)
    spine_file = bank / f"spine-{hindsight}.parquet"
    if not spine_file.is_file():
        ledger = open_ledger(bank, connect(EngineParams()))
        make_spine(with_hindsight(ledger) if hindsight else ledger, SNAPSHOTS).to_parquet(
            spine_file
        )
    return bank, spine_file


def told(command):
    """What a contender's process prints last, as JSON."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def run(name, bank, spine, features, given, *more):
    """One contender's figures, and its result."""
    result = bank / f"result-{name}.parquet"
    module = [sys.executable, "-m", "tests.benchmarks.engine.contenders", name]
    places = [bank, spine, result, "--features", features]
    options = ["--memory", given.memory, "--runs", given.runs, *more]
    return told([*module, *places, *options]), pd.read_parquet(result)


def differing(ours, theirs):
    """How many features differ anywhere by more than 1e-9, relative or absolute."""
    keys = ["as_of", "customer_id"]
    ours, theirs = (frame.sort_values(keys, ignore_index=True) for frame in (ours, theirs))
    if not (ours[keys].astype("str") == theirs[keys].astype("str")).all(axis=None):
        raise SystemExit("the contenders' rows are not the same customers and snapshots")
    names = [name for name in ours.columns if name not in keys]
    close = [
        np.allclose(ours[name], theirs[name], rtol=1e-9, atol=1e-7, equal_nan=True)
        for name in names
    ]
    return close.count(False)


def contest(other, size, given):
    """Kehu against DuckDB's query or pandas on the features that the other can say."""
    bank, spine = prepared(given.folder, size)
    kehu, ours = run("kehu", bank, spine, other, given)
    found, theirs = run(other, bank, spine, other, given)
    return Contest(other, kehu, found, differing(ours, theirs))


def featuretools_contest(size, given):
    """Kehu against featuretools on windows with at most one condition, on one clock."""
    bank, spine = prepared(given.folder, size, hindsight=True)
    definitions = expressible()
    names = bank / "names.json"
    names.write_text(json.dumps([d["name"] for d in definitions]))
    kehu, ours = run("kehu", bank, spine, names, given, "--hindsight")
    wanted, result = bank / "definitions.json", bank / "result-featuretools.parquet"
    wanted.write_text(json.dumps(definitions))
    found = told([given.featuretools_python, by_featuretools_file(), bank, spine, wanted, result])
    theirs = pd.read_parquet(result)
    for d in definitions:
        if d["how"] in ("sum", "count"):
            theirs[d["name"]] = theirs[d["name"]].fillna(0.0)
    return Contest("featuretools", kehu, found, differing(ours, theirs[ours.columns]))


def expressible():
    """Windows over transactions whose filter, if any, is one value of one column."""
    found = []
    for feature in load_catalogue(CATALOGUE).ordered:
        d = feature.definition
        if not isinstance(d, Windowed) or d.table != "transactions":
            continue
        conditions = {}
        if d.only is not None:
            conditions = d.only.model_dump(exclude_defaults=True, exclude={"name"})
        values = next(iter(conditions.values()), ("",))
        single = {"kinds": "kind", "channels": "channel", "categories": "category"}
        if len(conditions) > 1 or len(values) > 1 or not set(conditions) <= set(single):
            continue
        column = single[next(iter(conditions))] if conditions else ""
        entry = {"name": d.name, "measure": d.measure, "how": d.how, "days": d.days}
        found.append(entry | {"column": column, "value": values[0]})
    return found


def compare(given):
    """The table and the plot of all contenders."""
    size = Size(given.customers, given.transactions)
    bank, spine = prepared(given.folder, size)
    whole, _ = run("kehu", bank, spine, "all", given)
    print_head()
    print_line("Kehu, whole catalogue", size, whole)
    contests = []
    for other, of in (("query", size), ("pandas", smaller(size, given.pandas_customers))):
        contests.append((of, contest(other, of, given)))
        print_contest(*contests[-1])
    if given.featuretools_python:
        of = smaller(size, given.featuretools_customers)
        contests.append((of, featuretools_contest(of, given)))
        print_contest(*contests[-1])
    else:
        print(
            "featuretools: not run. Install it as tests/benchmarks/engine/by_featuretools.py says"
        )
        print("and name that Python with --featuretools-python.")
    draw(contests, given.plot)
    if any(each.differing for _, each in contests):
        raise SystemExit("the results differ: see the table")


def smaller(size, customers):
    """A bank of fewer customers that are as busy."""
    return Size(customers, size.transactions * customers // size.customers)


def print_head():
    print(
        f"{'contender':<24}{'customers':>10}{'rows':>9}{'features':>9}{'seconds':>9}{'runs':>5}"
        f"{'peak MB':>9}{'ratio':>8}{'target':>8}  equal",
        flush=True,
    )


def print_line(name, size, found, ending=""):
    print(
        f"{name:<24}{size.customers:>10,}{found['rows']:>9,}{found['features']:>9}"
        f"{found['seconds']:>9.2f}{found['runs']:>5}{found['peak_mb']:>9,.0f}{ending}",
        flush=True,
    )


def print_contest(size, each):
    print_line(f"Kehu, as {each.other} can", size, each.kehu)
    equal = "yes" if not each.differing else f"{each.differing} features differ"
    target = f"{TARGETS[each.other]}x"
    print_line(each.other, size, each.found, f"{each.ratio:>7.1f}x{target:>8}  {equal}")


def draw(contests, path):
    """Seconds of each pair, on a logarithmic axis."""
    figure, axes = plt.subplots(figsize=(7, 1 + len(contests)))
    for place, (size, each) in enumerate(contests):
        axes.barh(place + 0.2, each.found["seconds"], 0.38, color="#b0b7c3")
        axes.barh(place - 0.2, each.kehu["seconds"], 0.38, color="#1f6f78")
        text = (
            f" {each.ratio:.0f}x on {size.customers:,} customers, {each.kehu['features']} features"
        )
        axes.text(each.found["seconds"], place + 0.2, text, va="center", fontsize=8)
    axes.set_xscale("log")
    axes.set_yticks(range(len(contests)), [each.other for _, each in contests])
    axes.set_xlabel("seconds (grey: the other, green: Kehu)")
    axes.margins(x=0.4)
    figure.tight_layout()
    figure.savefig(path, dpi=150)
    print(f"plot: {path}")


def grow(given):
    """Seconds and peak memory by millions of transactions, a hundred to a customer. Where others
    work on the machine, the processor's seconds tell how it grows."""
    print(f"{'transactions':>14}{'customers':>11}{'rows':>12}{'seconds':>9}{'of processor':>14}"
          f"{'a million':>11}{'peak MB':>9}")  # fmt: skip
    lines = []
    for millions in given.grow:
        size = Size(int(millions * 10_000), int(millions * 1_000_000))
        if not (given.folder / size.folder / "transactions.parquet").is_file():
            write_bank(given.folder / size.folder, size)
        module = [sys.executable, "-m", "tests.benchmarks.engine.growth"]
        found = told([*module, given.folder, size.customers, size.transactions, given.memory])
        lines.append((size.transactions, found["seconds"], found["peak_mb"]))
        print(
            f"{size.transactions:>14,}{size.customers:>11,}{found['rows']:>12,}"
            f"{found['seconds']:>9.1f}{found['processor']:>14.1f}"
            f"{found['processor'] / millions:>11.2f}"
            f"{found['peak_mb']:>9,.0f}",
            flush=True,
        )
    figure, axes = plt.subplots(figsize=(6, 4))
    transactions, seconds, peaks = zip(*lines, strict=True)
    axes.loglog(transactions, seconds, "o-", color="#1f6f78", label="seconds")
    axes.loglog(transactions, peaks, "s--", color="#b0622f", label="peak MB")
    axes.set_xlabel("transactions")
    axes.legend()
    figure.tight_layout()
    figure.savefig(given.plot, dpi=150)
    print(f"plot: {given.plot}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--transactions", type=int, default=5_000_000)
    parser.add_argument("--pandas-customers", type=int, default=10_000)
    parser.add_argument("--featuretools-customers", type=int, default=5_000)
    parser.add_argument("--featuretools-python", type=Path, help="of the environment that has it")
    parser.add_argument("--grow", type=float, nargs="+", help="millions of transactions")
    parser.add_argument("--memory", default="2GB", help="limit of DuckDB, for all alike")
    parser.add_argument("--runs", type=int, default=3, help="median of so many where it is short")
    parser.add_argument("--folder", type=Path, help="keep the ledgers here, or take those that are")
    parser.add_argument("--plot", type=Path, default=Path("features_benchmark.png"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kehu-benchmark-") as aside:
        given.folder = given.folder or Path(aside)
        if given.grow:
            grow(given)
        else:
            compare(given)


if __name__ == "__main__":
    main()
