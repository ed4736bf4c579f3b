"""`python -m tests.benchmarks.world --folder F`: Kehu against what others would reach for first.

Three problems, each with the same rows and folds for all: churn at the Xiamen bank, declared risk
of FAR-Trans as of the questionnaire and without a guard on time (real files, by KEHU_SHARED_DATA),
churn at the simulated bank beside the best that its hazards allow. Kehu trains as its pipeline
does, its search on the training rows of each fold; the others come as they are. No line of this
looks at a row before it has been predicted. XGBoost is of the dependency group `benchmarks`:
`pip install --upgrade pip`, then `pip install --group benchmarks`.

Ledgers and features are kept in the folder and taken up again;
figures.csv there has every line.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

from src.core.params import EvaluateParams
from tests.benchmarks.feature_evidence import ROOT
from tests.benchmarks.world import far_trans, simulated, xiamen
from tests.benchmarks.world.contenders import (
    CONTENDERS,
    Settings,
    yardstick,
    yardstick_before_the_answer,
)
from tests.benchmarks.world.verdict import printed, table

SOURCES = ("xiamen", "far_trans", "simulated")


def main():
    options = _options()
    shared = Path(os.environ.get("KEHU_SHARED_DATA", ROOT / "../shared/data")).resolve()
    os.environ["KEHU_SHARED_DATA"] = str(shared)
    os.environ.setdefault("KEHU_KEY", "for benchmarks alone, worth nothing: 0123456789abcdef")
    settings = Settings(
        simulated.train_params(options.trials, options.threads), options.seed, options.threads
    )
    evaluate = EvaluateParams(bootstrap=options.draws, confidence=0.95)
    found = []
    for source in options.sources:
        if source != "simulated" and not (shared / source).is_dir():
            print(f"{source}: no {shared / source}; set KEHU_SHARED_DATA to where it is. Left out.")
            continue
        for problem in problems(source, options, settings):
            said = _said(problem, settings, options)
            found.append(table(problem, said, evaluate, options.seed))
            print(printed(found[-1], problem), flush=True)
    pd.concat(found).to_csv(options.folder / "figures.csv", index=False)


def problems(source, options, settings):
    """The problems of a source, in its own folder."""
    folder, customers, seed = options.folder / source, options.customers, options.seed
    if source == "xiamen":
        return [xiamen.problem(folder, customers, options.folds, seed)]
    if source == "far_trans":
        return far_trans.problems(folder, customers, options.folds, seed)
    return [simulated.problem(folder, customers, options.every_months, settings.train, seed)]


def _said(problem, settings, options):
    """The probabilities of all judged rows by each contender, in the rows' order."""
    said = {}
    for name, contender in CONTENDERS.items():
        if contender is yardstick and problem.raw is None:
            continue
        if contender is yardstick_before_the_answer and not problem.answered:
            continue
        if name not in options.contenders and not name.startswith("Kehu"):
            continue
        start = time.process_time()
        probabilities = np.full((len(problem.rows), len(problem.classes)), np.nan)
        for train, test in problem.folds:
            assert not (train & test).any()
            probabilities[test] = contender(problem, train, test, settings)
        said[name] = probabilities[problem.judged]
        print(f"{problem.name}: {name}: {time.process_time() - start:.0f} s", flush=True)
    return said | dict(problem.told)


def _options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="work here, and keep it")
    parser.add_argument("--sources", nargs="+", default=SOURCES, choices=SOURCES)
    parser.add_argument("--contenders", nargs="+", default=list(CONTENDERS), choices=CONTENDERS)
    parser.add_argument("--customers", type=int, default=100_000, help="at most, of each source")
    parser.add_argument("--every-months", type=int, default=1, help="snapshots of simulated")
    parser.add_argument("--trials", type=int, default=20, help="of Kehu's search")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


if __name__ == "__main__":
    main()
