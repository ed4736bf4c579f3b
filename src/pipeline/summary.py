"""`python -m src.pipeline.summary`: the figures of the last run, what it made, what to do next."""

from src.core.errors import run_command
from src.core.files import read_json
from src.pipeline import paths
from src.reports.overview.summary import summary_table

_NEXT = f"""
Reports        {paths.REPORTS}/index.html (and one per model beside it)
Scored table   {paths.SCORES}/scores.parquet
Ledger         {paths.LEDGER}/integration.json (rows in, out and rejected)
Served bundle  {paths.BUNDLE}

Next           make serve                      the endpoint, http://localhost:3000
               source .venv/bin/activate       then: dvc metrics diff, dvc plots show, mlflow ui
               make run SOURCE=berka           the same on a real bank"""


def main() -> None:
    """Print the table of figures against the baselines, the paths and the next commands."""
    summary = read_json(paths.REPORTS / "summary.json")
    print()
    print(summary_table(**summary))
    print(_NEXT.strip("\n"))


if __name__ == "__main__":
    run_command(main)
