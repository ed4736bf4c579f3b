"""params.yaml: typed, frozen and closed. The descriptions make configs/PARAMETERS.md.

Front door: `load_params`, which gives a `Params`. The larger sections have a module each: `train`,
`quality`, `fairness`, `operation` (promote and monitor), `simulation`.
It may import `src.core.config` and `src.core.engine`, nothing above `src.core`.
"""

from datetime import date
from pathlib import Path

from pydantic import Field

from src.core.config import Settings, load_settings
from src.core.engine import EngineParams
from src.core.params.fairness import FairnessParams
from src.core.params.operation import EraseParams, MonitorParams, PromoteParams
from src.core.params.quality import QualityParams
from src.core.params.simulation import SimulationParams
from src.core.params.train import TrainParams

PARAMS_FILE = Path("params.yaml")


class IntegrateParams(Settings):
    """The session in which sources become the ledger."""

    memory_limit: str = Field(description="beyond it the session spills to disk")
    threads: int = Field(gt=0, description="threads of the session")
    max_unreadable_share: float = Field(
        gt=0,
        le=1,
        description="largest share of a column's values in a delivery that can't be read; beyond "
        "it the column is of another type and the run stops",
    )


class SnapshotParams(Settings):
    """The month starts at which features are computed."""

    warmup_months: int = Field(gt=0, description="history before the first snapshot")
    every_months: int = Field(gt=0, description="months between snapshots")


class FeatureParams(Settings):
    """Which features, and when."""

    catalogue: Path = Field(description="file of feature definitions")
    snapshots: SnapshotParams


class AuditParams(Settings):
    """How much of the ledger the leak audit looks at."""

    customers: int = Field(gt=0, description="customers sampled from the ledger")
    snapshots: int = Field(gt=0, description="instants at which they are looked at")


class EvaluateParams(Settings):
    """Intervals by bootstrap over customers."""

    bootstrap: int = Field(gt=0, description="draws")
    confidence: float = Field(gt=0, lt=1, description="two-sided confidence of the intervals")


class ExplainParams(Settings):
    """Reports and reasons."""

    rows: int = Field(gt=0, description="test rows sampled for the global plots")
    reasons: int = Field(gt=0, description="reasons given with each score")


class Params(Settings):
    """All of params.yaml."""

    seed: int = Field(ge=0, description="every random choice follows from it")
    until: date | None = Field(
        description="features and labels by what was known before this date; null takes all that "
        "was delivered. Retraining is `dvc repro` with a later one"
    )
    taxonomy: Path = Field(description="file of the bank's policy: classes, borders, horizons")
    engine: EngineParams
    simulate: SimulationParams
    integrate: IntegrateParams
    quality: QualityParams
    features: FeatureParams
    audit: AuditParams
    train: TrainParams
    evaluate: EvaluateParams
    fairness: FairnessParams
    promote: PromoteParams
    monitor: MonitorParams
    erase: EraseParams
    explain: ExplainParams


def load_params(path: Path = PARAMS_FILE) -> Params:
    """The parameters of this run. Raises ConfigError naming the file, the key and the remedy."""
    return load_settings(path, Params)
