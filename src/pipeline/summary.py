"""`kehu run`: the whole pipeline, the figures, what it made, what to do next."""

import subprocess
import sys
from typing import Any

from src.core.errors import KehuError
from src.core.files import read_json
from src.explain.summary import summary_table
from src.pipeline import paths
from src.pipeline.select import select

_NEXT = f"""
Reports        {paths.REPORTS}/index.html (and one per model beside it)
Scored table   {paths.SCORES}/scores.parquet
Ledger         {paths.LEDGER}/integration.json (rows in, out and rejected)
Served bundle  {paths.BUNDLE}

Next           kehu serve                      the endpoint, http://localhost:3000
               source .venv/bin/activate       then: dvc metrics diff, dvc plots show, mlflow ui
               kehu run --source berka         the same on a real bank"""


def run(source: str) -> dict[str, Any]:
    """Run what has changed and return the summary. What DVC prints goes to standard error."""
    select(source)
    done = subprocess.run([sys.executable, "-m", "dvc", "repro"], stdout=sys.stderr, check=False)
    if done.returncode:
        raise KehuError(
            f"`dvc repro` failed with status {done.returncode}. Mend what it says above and run "
            "the same command again: it goes on from there."
        )
    summary: dict[str, Any] = read_json(paths.REPORTS / "summary.json")
    return summary


def told(summary: dict[str, Any]) -> str:
    """The table of figures against the baselines, the paths and the next commands."""
    return f"\n{summary_table(**summary)}\n" + _NEXT.strip("\n")
