"""`python -m tests.benchmarks.one_more`: what one more snapshot and one more day cost beside twelve
snapshots from nothing, by the length of the history.

Each ledger is made up of so many years; it is taken as it stood before its last month, a day later
and at its end. Seconds of the processor stand beside those of the clock: on a busy machine they
alone compare. `--bank FOLDER` takes a ledger that is there, such as one of
tests/benchmarks/features.py, with its own history.
"""

import argparse
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq

from src.core.engine import EngineParams, connect
from src.core.ledger import known_before, open_ledger
from src.core.schemas import TABLES
from src.core.time import add_months
from src.features.asset_advance import advance
from src.features.asset_state import first_state
from src.features.snapshot_files import update_snapshots
from src.features.spec import load_catalogue
from src.features.spine import data_period, make_spine
from tests.benchmarks.engine.contenders import CATALOGUE
from tests.benchmarks.engine.made_up import START, Size, write_bank

SNAPSHOTS = 12


@dataclass(frozen=True)
class Cost:
    """Seconds of the clock and of the processor."""

    clock: float
    processor: float

    def __str__(self):
        return f"{self.clock:>9.2f}{self.processor:>9.2f}"


def timed(compute):
    clock, processor = time.perf_counter(), time.process_time()
    result = compute()
    return Cost(time.perf_counter() - clock, time.process_time() - processor), result


def as_it_stood(bank, instant, folder, engine):
    """The ledger of `bank` before `instant`, in files of its own."""
    folder.mkdir()
    stood = known_before(open_ledger(bank, connect(engine)), instant)
    for name, table in TABLES.items():
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        rows = f'SELECT {columns} FROM "{stood.prefix}{name}" ORDER BY known_at'
        rows = stood.backend.con.sql(rows).to_arrow_table().cast(table.arrow)
        pq.write_table(rows, folder / f"{name}.parquet", row_group_size=250_000)
    return open_ledger(folder, connect(engine))


def measure(bank, folder, engine):
    """The line of one bank: its movements, and the cost of each step by its name."""
    spec = load_catalogue(CATALOGUE)
    end = data_period(open_ledger(bank, connect(engine)))[1]
    last = add_months(datetime(end.year, end.month, 1), -1)
    snapshots = [add_months(last, -n) for n in range(SNAPSHOTS - 1, -1, -1)]
    stops = {"before": last, "day": last + timedelta(days=1), "month": add_months(last, 1)}
    ledgers = {
        name: as_it_stood(bank, at, folder / f"ledger-{name}", engine) for name, at in stops.items()
    }

    def update(name, instants, old):
        spine = make_spine(ledgers[name], instants)
        return update_snapshots(ledgers[name], spine, spec, "", folder / old, folder / name)

    few = make_spine(ledgers["before"], snapshots[-1:]).head(5)
    update_snapshots(ledgers["before"], few, spec, "", folder / "none", folder / "planned")
    costs = {"from nothing": timed(lambda: update("before", snapshots, "none"))[0]}
    costs["one day"], computed = timed(lambda: update("day", snapshots, "before"))
    expect(computed, [])
    later = [*snapshots, stops["month"]]
    costs["one more"], computed = timed(lambda: update("month", later, "day"))
    expect(computed, [stops["month"]])
    state = advance(ledgers["before"], first_state(), stops["before"])
    costs["assets, a day"] = timed(lambda: advance(ledgers["day"], state, stops["day"]))[0]
    moves = ledgers["before"]["transactions"].count().to_pyarrow().as_py()
    return moves, costs


def expect(computed, snapshots):
    if sorted(computed) != snapshots:
        raise SystemExit(f"computed were {computed}; expected {snapshots}")


def print_line(years, moves, costs):
    nothing, more = costs["from nothing"].processor, costs["one more"].processor
    if print_line.first:
        names = "".join(f"{name:>18}" for name in costs)
        print(f"{'years':>6}{'movements':>12}{names}{'one more / nothing':>20}")
        print(f"{'':>18}{'     clock processor'[-18:] * len(costs)}")
        print_line.first = False
    told = "".join(map(str, costs.values()))
    print(f"{years:>6}{moves:>12,}{told}{more / nothing:>20.1%}", flush=True)


print_line.first = True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=5_000)
    parser.add_argument("--a-year", type=int, default=100, help="movements of a customer")
    parser.add_argument("--years", type=int, nargs="+", default=[2, 4, 8])
    parser.add_argument("--bank", type=Path, help="the ledger in this folder instead")
    parser.add_argument("--memory", default="2GB", help="limit of DuckDB")
    given = parser.parse_args()
    engine = EngineParams(memory_limit=given.memory)
    for years in [None] if given.bank else given.years:
        with tempfile.TemporaryDirectory(prefix="kehu-one-more-") as aside:
            bank = given.bank or Path(aside) / "bank"
            if years:
                start = add_months(START, -12 * years)
                moves = given.customers * given.a_year * years
                write_bank(bank, Size(given.customers, moves, start=start, months=12 * years))
            print_line(years or "", *measure(bank, Path(aside), engine))


if __name__ == "__main__":
    main()
