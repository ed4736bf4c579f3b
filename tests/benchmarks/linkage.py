"""`python -m tests.benchmarks.linkage`: precision, recall, time and memory of entity resolution.

Without arguments on the default simulation (params.yaml: customers and seed). With --customers N
on the made-up population of tests/sources/linkage, for its speed at scale; --records N makes as
many persons as give about N records. Ends with status 1 if precision or recall is below its bar.
"""

import argparse
import resource
import sys
import time

from src.core.params import load_params
from src.sources.linkage.model import load_linkage
from src.sources.linkage.resolve import resolve
from src.sources.staging.session import work_session
from tests.support.linkage.loading import load_default_bank, load_population
from tests.support.linkage.score import PRECISION, RECALL, score

RECORDS_PER_PERSON = 2.57  # of the made-up population


def peak_megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, help="default: that of params.yaml")
    parser.add_argument("--customers", type=int, help="persons of the made-up population")
    parser.add_argument("--records", type=int, help="records of the made-up population, about")
    arguments = parser.parse_args()
    params = load_params()
    seed = params.seed if arguments.seed is None else arguments.seed
    persons = arguments.customers or int((arguments.records or 0) / RECORDS_PER_PERSON)
    with work_session(params.integrate) as connection:
        if persons:
            load_population(connection, persons, seed)
        else:
            load_default_bank(connection, params, seed)
        before = peak_megabytes()
        start, busy = time.perf_counter(), time.process_time()
        resolve(connection, load_linkage())
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
        result = score(connection)
        print(f"population: {f'{persons:,} made-up persons' if persons else 'simulation'}")
        print(f"seed {seed}; {result.records:,} records of {result.persons:,} persons")
        print(
            f"pairwise precision {result.precision:.5f} (bar {PRECISION}), "
            f"recall {result.recall:.5f} (bar {RECALL})"
        )
        print(
            f"seconds {seconds:.1f} ({busy:.1f} of processor); "
            f"peak memory {peak_megabytes():,.0f} MB ({before:,.0f} before)"
        )
        print(connection.sql("FROM identity_blocking"))
        print(connection.sql("SELECT reason, count(*) AS links FROM identity_refusals GROUP BY 1"))
    if result.precision < PRECISION or result.recall < RECALL:
        sys.exit("below the bar")


if __name__ == "__main__":
    main()
