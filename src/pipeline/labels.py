"""Stage labels: what came after each snapshot, for each task that the source supports."""

import pandas as pd

from src.core.engine import connect
from src.core.errors import run_command
from src.core.files import read_json, read_parquet, replacing_folder, write_json, write_parquet
from src.core.ledger import open_ledger
from src.core.params import load_params
from src.core.progress import say
from src.core.schemas import TASKS
from src.core.taxonomy import Taxonomy, load_taxonomy
from src.features.arrivals import arrivals
from src.features.labels import build_labels
from src.models.rows import why_untrainable
from src.pipeline import paths

_EMPTY = pd.DataFrame(
    {
        "customer_id": pd.Series(dtype="str"),
        "as_of": pd.Series(dtype="datetime64[us]"),
        "arrival": pd.Series(dtype="str"),
        "label": pd.Series(dtype="int64"),
    }
)


def main() -> None:
    """Label the spine's rows whose windows are fully observed."""
    params = load_params()
    taxonomy = load_taxonomy(params.taxonomy, params.source)
    integration = read_json(paths.LEDGER / "integration.json")
    unsupported: dict[str, str] = integration["unsupported"]
    ledger = open_ledger(paths.LEDGER, connect(params.engine))
    spine = read_parquet(paths.FEATURES / "features.parquet")[["customer_id", "as_of"]]
    arrived = arrivals(ledger)
    account: dict[str, dict[str, object]] = {}
    with replacing_folder(paths.LABELS) as folder:
        for task in TASKS:
            labels, reason = _EMPTY, unsupported.get(task)
            if reason is None:
                labels = build_labels(ledger, spine, task, taxonomy, integration["ends"])
                labels.insert(2, "arrival", labels["customer_id"].map(arrived))
                reason = why_untrainable(
                    labels,
                    taxonomy.classes(task),
                    task,
                    taxonomy.horizon_days(task),
                    params.train,
                    params.seed,
                )
            account[task] = _count(labels, task, taxonomy)
            if reason is None:
                account[task] |= {"supported": True}
                say("labels", f"{task}: {len(labels):,} rows {account[task]['base_rates']}")
            else:
                account[task] |= {"supported": False, "reason": reason}
                say("labels", f"{task}: not supported by {params.source}: {reason}")
            write_parquet(folder / f"{task}.parquet", labels)
        write_json(folder / "labels.json", account)


def _count(labels: pd.DataFrame, task: str, taxonomy: Taxonomy) -> dict[str, object]:
    shares = labels["label"].value_counts(normalize=True)
    classes = enumerate(taxonomy.classes(task))
    return {
        "rows": len(labels),
        "customers": int(labels["customer_id"].nunique()),
        "horizon_days": taxonomy.horizon_days(task),
        "base_rates": {name: round(float(shares.get(i, 0.0)), 4) for i, name in classes},
    }


if __name__ == "__main__":
    run_command(main)
