"""Stage labels: what came after each snapshot, for each task that the source supports."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from src.core.files import read_json, replacing_file, replacing_folder, write_json
from src.core.ledger import Ledger
from src.core.progress import say
from src.core.schemas import TASKS
from src.features.arrivals import arrivals_from, with_arrival
from src.features.label_account import LabelAccounts, label_metrics, months_table
from src.features.labels import Outcomes
from src.features.stored import customer_count, read_spine, whole_customers, write_rows
from src.models.rows import why_untrainable
from src.pipeline import paths
from src.pipeline.run import Run
from src.reports.labels.report import label_report
from src.reports.texts import load_texts

_EMPTY = pd.DataFrame(
    {
        "customer_id": pd.Series(dtype="str"),
        "as_of": pd.Series(dtype="datetime64[us]"),
        "arrival": pd.Series(dtype="str"),
        "label": pd.Series(dtype="int64"),
    }
)
# Of more labels than this, whether they can be learned from is judged on some of the customers.
_MOST_JUDGED = 2_000_000


def main(run: Run) -> None:
    """Label the spine's rows whose windows are fully observed, and account for all of them."""
    integration = read_json(run.paths.ledger / "integration.json")
    ledger = run.ledger()
    spine = read_spine(ledger, run.paths.features / "features.parquet")
    outcomes = Outcomes(ledger, spine, run.taxonomy, integration["ends"])
    accounts = LabelAccounts(ledger, outcomes, run.taxonomy)
    with replacing_folder(run.paths.labels) as folder:
        stage = _Stage(
            run, ledger, outcomes, accounts, arrivals_from(run.paths.ledger, ledger), folder
        )
        account = {task: stage.write(task, integration["unsupported"].get(task)) for task in TASKS}
        write_json(folder / "labels.json", account)
    write_json(run.paths.metrics / "labels.json", label_metrics(account))
    html = label_report(account, run.taxonomy, run.source, load_texts(paths.WORDINGS))
    with replacing_file(run.paths.candidate_reports / "labels.html") as aside:
        aside.write_text(html, encoding="utf-8")


@dataclass(frozen=True)
class _Stage:
    """What all tasks share, and the folder that their labels go to."""

    run: Run
    ledger: Ledger
    outcomes: Outcomes
    accounts: LabelAccounts
    arrived: "pd.Series[str]"
    folder: Path

    def write(self, task: str, unsupported: str | None) -> dict[str, Any]:
        """Write the task's labels at every horizon; the task's entry of labels.json.

        <task>.parquet is what is trained on, <task>_<days>d.parquet another horizon.
        """
        served = self.run.taxonomy.horizon_days(task)
        if unsupported is not None:
            write_rows(self.ledger, _EMPTY, self.folder / f"{task}.parquet")
            say("labels", f"{task}: not supported by {self.run.source}: {unsupported}")
            none = {"rows": 0, "customers": 0, "horizon_days": served, "base_rates": {}}
            return none | {"supported": False, "reason": unsupported}
        found = {}
        for days in self.run.taxonomy.horizons(task):
            name = task if days == served else f"{task}_{days}d"
            found[days] = self._horizon(task, days, self.folder / f"{name}.parquet")
        if task == "value_tier" and not self.outcomes.delivers(task):
            amounts = self.outcomes.assets_then(served)
            write_rows(self.ledger, amounts, self.folder / paths.AMOUNTS)
        months_table(found[served]).to_csv(self.folder / f"{task}_by_month.csv", index=False)
        entry = {name: found[served][name] for name in ("rows", "customers", "base_rates")}
        entry |= {"horizon_days": served, "supported": found[served]["untrainable"] is None}
        if self.outcomes.delivers(task):
            entry["delivered"] = {"known_after_days": self.outcomes.known_after_days(task)}
        if entry["supported"]:
            say("labels", f"{task}: {entry['rows']:,} rows {entry['base_rates']}")
        else:
            entry["reason"] = found[served]["untrainable"]
            say("labels", f"{task}: not supported by {self.run.source}: {entry['reason']}")
        return entry | {"horizons": {str(days): each for days, each in found.items()}}

    def _horizon(self, task: str, days: int, path: Path) -> dict[str, Any]:
        outcome = self.outcomes.of(task, days)
        labels = with_arrival(self.ledger, self.outcomes.labelled(outcome), self.arrived)
        write_rows(self.ledger, labels, path)
        counts = self.accounts.of(task, outcome)
        told = ", ".join(f"{why}: {rows}" for why, rows in counts["unlabelled"].items())
        untrainable: str | None = (
            f"{task}: none of {counts['spine_rows']} rows of the spine has a label of {days} days "
            f"({told}). See {self.run.paths.candidate_reports}/labels.html."
        )
        if counts["rows"]:
            untrainable = why_untrainable(
                whole_customers(self.ledger, labels, _MOST_JUDGED),
                self.run.taxonomy.classes(task),
                task,
                days,
                self.run.params.train,
                self.run.params.seed,
            )
        customers = customer_count(self.ledger, labels)
        return {"customers": customers, "untrainable": untrainable} | counts
