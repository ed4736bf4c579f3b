"""params.yaml: typed, frozen and closed."""

from datetime import date
from pathlib import Path

from pydantic import Field, PositiveInt

from src.core.config import Settings, load_settings
from src.core.engine import EngineParams

PARAMS_FILE = Path("params.yaml")


class SimulationParams(Settings):
    """Size and period of the simulated bank."""

    customers: PositiveInt
    company_share: float = Field(ge=0, le=1)
    start: date
    months: int = Field(ge=12)


class SnapshotParams(Settings):
    """Monthly instants at which features are computed: from warmup_months after the ledger's
    first movement to the last month start that its movements reach."""

    warmup_months: PositiveInt
    every_months: PositiveInt


class FeatureParams(Settings):
    """Which catalogue, and when."""

    catalogue: Path
    snapshots: SnapshotParams


class TrainParams(Settings):
    """Split, search and calibration, the same for each task.

    test_share: share of customers held out. test_snapshots: the last labelled snapshots, on which
    they are judged; the label horizon before them is left out. folds: customer-grouped folds of
    the development rows. max_rows: development rows used by the search (whole customers).
    """

    test_share: float = Field(gt=0, lt=1)
    test_snapshots: PositiveInt
    folds: int = Field(ge=2)
    trials: PositiveInt
    max_rounds: PositiveInt
    early_stopping_rounds: PositiveInt
    max_rows: PositiveInt
    threads: PositiveInt


class EvaluateParams(Settings):
    """Bootstrap over customers: draws and two-sided confidence."""

    bootstrap: PositiveInt
    confidence: float = Field(gt=0, lt=1)


class PromoteParams(Settings):
    """Gates of a champion: largest additivity residual, calibration error, bundle size."""

    max_additivity_residual: float = Field(gt=0)
    max_calibration_error: float = Field(gt=0)
    max_bundle_mb: float = Field(gt=0)


class ExplainParams(Settings):
    """Rows sampled for the global plots, and reasons given with each score."""

    rows: PositiveInt
    reasons: PositiveInt


class Params(Settings):
    """All of params.yaml."""

    source: str
    seed: int = Field(ge=0)
    taxonomy: Path
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
