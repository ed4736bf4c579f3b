"""`python -m tests.benchmarks.one_more`: what one more snapshot and one more day cost beside twelve
snapshots from nothing, by the length of the history.

One bank is made up of the longest history; the shorter ones are its last years, so that what is new
is the same rows; a customer trades a few products, so that what is held does not grow with it.
Each is taken as it stood before its last month, a day later and at its end.
Seconds of the processor stand beside those of the clock: on a busy machine they alone compare. The
last line says what a million movements more of history add. `--bank FOLDER` takes a ledger that is
there, such as one of tests/benchmarks/features.py, with its own history.
"""

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from src.core.engine import EngineParams, connect
from src.core.ledger import EVENT_TIME, known_before, open_ledger
from src.core.schemas import TABLES
from src.core.time import add_months
from src.features.asset_advance import advance
from src.features.asset_state import first_state
from src.features.build import build_features
from src.features.snapshot_files import update_snapshots
from src.features.spec import load_catalogue
from src.features.spine import data_period, make_spine
from tests.benchmarks.engine.contenders import CATALOGUE
from tests.benchmarks.engine.made_up import START, Size, write_bank

# Each customer has them however short the history is.
PRODUCTS_EACH = 4
LASTING = ("customers", "products", "balances")


@dataclass(frozen=True)
class Cost:
    """Seconds of the clock and of the processor."""

    clock: float
    processor: float

    def __str__(self):
        return f"{self.clock:>9.2f}{self.processor:>10.2f}"


def timed(compute, runs=1):
    """The median cost of so many runs, and what the last returned."""
    costs = []
    for _ in range(runs):
        clock, processor = time.perf_counter(), time.process_time()
        result = compute()
        costs.append(Cost(time.perf_counter() - clock, time.process_time() - processor))
    return sorted(costs, key=lambda cost: cost.processor)[(runs - 1) // 2], result


def as_it_stood(bank, since, instant, folder, engine):
    """The ledger of `bank` before `instant`, of what happened from `since` on, in files of its own,
    as integration writes them."""
    folder.mkdir(parents=True)
    stood = known_before(open_ledger(bank, connect(engine)), instant)
    for name, table in TABLES.items():
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        happened = "" if name in LASTING else f"WHERE {EVENT_TIME[name]} >= TIMESTAMP '{since}'"
        rows = f'SELECT {columns} FROM "{stood.prefix}{name}" {happened} ORDER BY known_at'
        rows = stood.backend.con.sql(rows).to_arrow_table().cast(table.arrow)
        pq.write_table(rows, folder / f"{name}.parquet", row_group_size=250_000)
    return open_ledger(folder, connect(engine))


def measure(bank, years, folder, engine, given):
    """The line of one history: its movements, and the cost of each step by its name."""
    spec = load_catalogue(CATALOGUE)
    end = data_period(open_ledger(bank, connect(engine)))[1]
    last = add_months(datetime(end.year, end.month, 1), -1)
    since = add_months(last, 1 - 12 * years) if years else datetime(1, 1, 1)
    snapshots = [add_months(last, -n) for n in range(given.snapshots - 1, -1, -1)]
    stops = {"before": last, "day": last + timedelta(days=1), "month": add_months(last, 1)}
    ledgers = {
        name: as_it_stood(bank, since, at, folder / f"ledger-{name}", engine)
        for name, at in stops.items()
    }
    made = iter(range(1_000_000))

    def update(name, instants, old):
        """The stage `features` on that ledger: its folder, and which snapshots it computed."""
        data_period(ledgers[name])  # by which the stage finds its snapshots
        new = folder / f"features-{next(made)}"
        return new, sorted(update_snapshots(ledgers[name], instants, spec, "", old, new).why)

    # what is planned and compiled once a process
    build_features(ledgers["before"], make_spine(ledgers["before"], snapshots[-1:]).head(5), spec)
    costs, later = {}, [*snapshots, stops["month"]]
    costs["from nothing"], (old, _) = timed(lambda: update("before", snapshots, folder / "none"))
    costs["one day"], (day, computed) = timed(lambda: update("day", snapshots, old), given.runs)
    expect(computed, [])
    costs["one more"], (_, computed) = timed(lambda: update("month", later, day), given.runs)
    expect(computed, [stops["month"]])
    state = advance(ledgers["before"], first_state(), stops["before"])
    costs["assets, a day"], _ = timed(
        lambda: advance(ledgers["day"], state, stops["day"]), given.runs
    )
    moves = ledgers["before"]["transactions"].count().to_pyarrow().as_py()
    return moves, costs


def expect(computed, snapshots):
    if computed != snapshots:
        raise SystemExit(f"computed were {computed}; expected {snapshots}")


def print_line(years, moves, costs, head):
    if head:
        print(f"{'years':>6}{'movements':>12}{''.join(f'{name:>19}' for name in costs)}")
        print(f"{'':>18}{'    clock processor' * len(costs)}")
    print(f"{years or '':>6}{moves:>12,}{''.join(map(str, costs.values()))}", flush=True)


def print_slopes(lines):
    """What a million movements of history more cost, by the line that fits the seconds best."""
    millions = [moves / 1e6 for moves, _ in lines]
    slopes = [
        statistics.linear_regression(millions, [costs[name].processor for _, costs in lines]).slope
        for name in lines[0][1]
    ]
    print(f"{'a million more':>18}{''.join(f'{slope:>19.2f}' for slope in slopes)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=5_000)
    parser.add_argument("--a-year", type=int, default=100, help="movements of a customer")
    parser.add_argument("--years", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--snapshots", type=int, default=12, help="that are there before")
    parser.add_argument("--runs", type=int, default=3, help="median of so many, but from nothing")
    parser.add_argument("--bank", type=Path, help="the ledger in this folder instead")
    parser.add_argument("--memory", default="2GB", help="limit of DuckDB")
    given = parser.parse_args()
    engine, lines = EngineParams(memory_limit=given.memory), []
    with tempfile.TemporaryDirectory(prefix="kehu-one-more-") as name:
        aside = Path(name)
        bank, longest = given.bank or aside / "bank", max(given.years)
        if not given.bank:
            start = add_months(START, -12 * longest)
            moves = given.customers * given.a_year * longest
            span = {"start": start, "months": 12 * longest}
            write_bank(bank, Size(given.customers, moves, products_each=PRODUCTS_EACH, **span))
        for years in [None] if given.bank else given.years:
            lines.append(measure(bank, years, aside / f"{years}", engine, given))
            print_line(years, *lines[-1], head=len(lines) == 1)
    if len(lines) > 1:
        print_slopes(lines)


if __name__ == "__main__":
    main()
