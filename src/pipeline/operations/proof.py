"""The proof of an erasure: what was removed, searched and not reached, and which models learned
from the erased. It names nobody: a keyed hash stands for each customer, as in erased.json."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from src.core.files import write_json
from src.core.params.operation import EraseParams
from src.pipeline.operations.learned import Learned

FORMAT = 1
# Where copies may stand that no command of this project can reach or change.
BEYOND = (
    "a running endpoint: it answers from what it read at its start; start it anew",
    "backups, other checkouts, and copies that people made or sent, such as a BentoML bundle that "
    "was deployed",
    "older commits: git never held customers, but an older commit has an older list of the erased; "
    "keep the present list when you check one out, or its run brings them back",
)


@dataclass(frozen=True)
class Proof:
    """at, begun: UTC, ISO 8601. customers: their keyed hashes. raw_rows, raw_files, ledger_rows:
    what was theirs before, in total, since counts by month might tell who it was. release_before,
    release: digests of what is served; empty if nothing is. done: what was removed, a line each.
    files: how many were searched at the end, without a finding. policy: what becomes of `models`.
    retrain_by: a date, or empty."""

    source: str
    begun: str
    at: str
    customers: Sequence[str]
    raw_rows: int
    raw_files: int
    ledger_rows: int
    release_before: str
    release: str
    done: Sequence[str]
    files: int
    models: Sequence[Learned]
    policy: str
    retrain_by: str
    not_reached: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"format": FORMAT, **asdict(self)}

    def __str__(self) -> str:
        """For a terminal."""
        count = len(self.customers)
        who = "the customer" if count == 1 else f"the {count:,} customers"
        return "\n".join(
            [
                *self.done,
                f"Nothing found of {who} in {self.files:,} files.",
                "",
                "Not reached by this command:",
                *(f"- {one}" for one in self.not_reached),
                "",
                f"Commit the lock file and data/incoming/{self.source}/erased.json: without that "
                "list they come back.",
            ]
        )


def save_proof(proof: Proof, folder: Path) -> Path:
    """Write it into `folder` under the instant of its end; the file."""
    path = folder / f"{proof.at.replace(':', '').replace('+0000', 'Z')}.json"
    write_json(path, proof.to_json())
    return path


def retrain_by(params: EraseParams, begun: str, models: Sequence[Learned]) -> str:
    """The date by which the served models that learned from the erased are to be replaced; empty if
    there are none, or if they are kept."""
    if params.learned_models == "keep" or not any(model.served for model in models):
        return ""
    day = datetime.fromisoformat(begun).date() + timedelta(days=params.retrain_within_days)
    return day.isoformat()


def policy(params: EraseParams, by: str) -> str:
    """What becomes of models that learned from the erased, in one sentence."""
    where = "params.yaml, erase.learned_models"
    if params.learned_models == "keep":
        return f"keep ({where}): these models stay, because {params.reason}"
    if not by:
        return f"retrain ({where}): no served model is to be replaced"
    return (
        f"retrain ({where}): served models are to be replaced by {by}; `kehu promote` decides on "
        "the candidate that this command trains without the customers"
    )


def told_models(models: Sequence[Learned], sentence: str) -> list[str]:
    """The models that learned from the erased, a line each, and what becomes of them."""
    return [*(f"the model {model}" for model in models), *([sentence] if models else [])]
