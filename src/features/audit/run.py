"""An audit as it is asked for: of which spec, on which ledger, of how many customers."""

from collections.abc import Sequence
from pathlib import Path

from src.core.engine import connect
from src.core.files import read_json
from src.core.ledger import open_ledger
from src.core.params import Params
from src.core.progress import step
from src.features.audit.built import NAME, built_subject
from src.features.audit.hear import audit
from src.features.audit.sample import sampled
from src.features.audit.verdict import Audit
from src.features.spec import FeatureSpec, load_catalogue

STAGE = "audit"


def with_sizes(
    params: Params, customers: int | None, snapshots: int | None, seed: int | None
) -> Params:
    """The parameters with the audit's sizes and seed replaced where they are given."""
    given = {"customers": customers, "snapshots": snapshots}
    sizes = params.audit.model_copy(update={k: v for k, v in given.items() if v is not None})
    changed = {"audit": sizes, "seed": params.seed if seed is None else seed}
    return params.model_copy(update=changed)


def audited(spec: FeatureSpec, folder: Path, params: Params) -> Audit:
    """The audit of a spec on a sample of the ledger in `folder`, and on one built for the spec."""
    ledger, sizes, seed = open_ledger(folder, connect(params.engine)), params.audit, params.seed
    every = params.features.snapshots
    subjects = (
        lambda: sampled(ledger, str(folder), sizes.customers, sizes.snapshots, every, seed),
        lambda: built_subject(spec, params.engine),
    )
    with step(STAGE, f"{len(spec)} features on {folder} and on a ledger {NAME}"):
        return audit(spec, subjects)


def read_spec(path: Path, only: Sequence[str] = ()) -> FeatureSpec:
    """The spec of a catalogue in YAML or of a file in JSON; only these features, if any are given.

    Raises ConfigError or FeatureError if there is no such file or feature.
    """
    read = path.suffix == ".json"
    spec = FeatureSpec.from_json(read_json(path)) if read else load_catalogue(path)
    return spec.select(list(only)) if only else spec
