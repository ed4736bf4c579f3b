"""params.yaml: typed, frozen and closed. The descriptions make configs/PARAMETERS.md."""

from datetime import date
from pathlib import Path

from pydantic import Field

from src.core.config import Settings, load_settings
from src.core.engine import EngineParams

PARAMS_FILE = Path("params.yaml")


class SimulationParams(Settings):
    """The simulated bank: its size and period."""

    customers: int = Field(gt=0, description="people and companies")
    company_share: float = Field(ge=0, le=1, description="share of companies among them")
    start: date = Field(description="first day of the extracts; quoted in YAML")
    months: int = Field(ge=12, description="months of transactions")


class SnapshotParams(Settings):
    """The month starts at which features are computed."""

    warmup_months: int = Field(gt=0, description="history before the first snapshot")
    every_months: int = Field(gt=0, description="months between snapshots")


class FeatureParams(Settings):
    """Which features, and when."""

    catalogue: Path = Field(description="file of feature definitions")
    snapshots: SnapshotParams


class TrainParams(Settings):
    """Split, search and fit: the same for each task."""

    test_share: float = Field(gt=0, lt=1, description="share of customers held out for the test")
    test_snapshots: int = Field(
        gt=0, description="last labelled snapshots, the test period; the horizon before is left out"
    )
    folds: int = Field(ge=2, description="customer-grouped folds of the development rows")
    trials: int = Field(gt=0, description="trials of the search")
    max_rounds: int = Field(gt=0, description="boosting rounds at most")
    early_stopping_rounds: int = Field(gt=0, description="rounds without gain that end a fit")
    max_rows: int = Field(gt=0, description="development rows in the search (whole customers)")
    threads: int = Field(gt=0, description="threads of LightGBM")


class EvaluateParams(Settings):
    """Intervals by bootstrap over customers."""

    bootstrap: int = Field(gt=0, description="draws")
    confidence: float = Field(gt=0, lt=1, description="two-sided confidence of the intervals")


class PromoteParams(Settings):
    """Gates that a model must hold to be served in place of a baseline."""

    max_additivity_residual: float = Field(
        gt=0, description="largest gap between summed contributions and margin"
    )
    max_calibration_error: float = Field(
        gt=0, description="largest expected calibration error of a class"
    )
    max_bundle_mb: float = Field(gt=0, description="largest size of the bundle, in MB")


class ExplainParams(Settings):
    """Reports and reasons."""

    rows: int = Field(gt=0, description="test rows sampled for the global plots")
    reasons: int = Field(gt=0, description="reasons given with each score")


class Params(Settings):
    """All of params.yaml."""

    source: str = Field(description="name of a mapping file in configs/sources")
    seed: int = Field(ge=0, description="every random choice follows from it")
    taxonomy: Path = Field(description="file of the bank's policy: classes, borders, horizons")
    engine: EngineParams
    simulate: SimulationParams
    features: FeatureParams
    train: TrainParams
    evaluate: EvaluateParams
    promote: PromoteParams
    explain: ExplainParams


def load_params(path: Path = PARAMS_FILE) -> Params:
    """The parameters of this run. Raises ConfigError naming the file, the key and the remedy."""
    return load_settings(path, Params)
