"""Stage labels: what came after each snapshot, for each task that the source supports."""

import pandas as pd

from src.core.errors import run_command
from src.core.files import read_json, replacing_folder, write_json
from src.core.ledger import Ledger
from src.core.params import load_params
from src.core.progress import say
from src.core.schemas import TASKS
from src.core.taxonomy import Taxonomy, load_taxonomy
from src.features.arrivals import with_arrival
from src.features.labels import build_labels
from src.features.plan import Rows
from src.features.stored import (
    customer_count,
    label_counts,
    read_spine,
    whole_customers,
    write_rows,
)
from src.models.rows import why_untrainable
from src.pipeline import paths
from src.pipeline.ledger import all_arrivals, the_ledger

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


def main() -> None:
    """Label the spine's rows whose windows are fully observed."""
    params = load_params()
    taxonomy = load_taxonomy(params.taxonomy, params.source)
    integration = read_json(paths.LEDGER / "integration.json")
    unsupported: dict[str, str] = integration["unsupported"]
    ledger = the_ledger(params)
    spine = read_spine(ledger, paths.FEATURES / "features.parquet")
    arrived = all_arrivals(ledger)
    account: dict[str, dict[str, object]] = {}
    with replacing_folder(paths.LABELS) as folder:
        for task in TASKS:
            labels: Rows = _EMPTY
            reason = unsupported.get(task)
            if reason is None:
                labels = build_labels(ledger, spine, task, taxonomy, integration["ends"])
                labels = with_arrival(ledger, labels, arrived)
                reason = why_untrainable(
                    whole_customers(ledger, labels, _MOST_JUDGED),
                    taxonomy.classes(task),
                    task,
                    taxonomy.horizon_days(task),
                    params.train,
                    params.seed,
                )
            account[task] = _count(ledger, labels, task, taxonomy)
            if reason is None:
                account[task] |= {"supported": True}
                say(
                    "labels",
                    f"{task}: {account[task]['rows']:,} rows {account[task]['base_rates']}",
                )
            else:
                account[task] |= {"supported": False, "reason": reason}
                say("labels", f"{task}: not supported by {params.source}: {reason}")
            write_rows(ledger, labels, folder / f"{task}.parquet")
        write_json(folder / "labels.json", account)


def _count(ledger: Ledger, labels: Rows, task: str, taxonomy: Taxonomy) -> dict[str, object]:
    counts = label_counts(ledger, labels)
    rows = int(counts.sum())
    classes = enumerate(taxonomy.classes(task))
    return {
        "rows": rows,
        "customers": customer_count(ledger, labels),
        "horizon_days": taxonomy.horizon_days(task),
        "base_rates": {n: round(float(counts.get(i, 0) / max(rows, 1)), 4) for i, n in classes},
    }


if __name__ == "__main__":
    run_command(main)
