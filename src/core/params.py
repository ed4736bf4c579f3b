"""params.yaml: typed, frozen and closed. The descriptions make configs/PARAMETERS.md."""

from datetime import date
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from src.core.config import Settings, load_settings
from src.core.engine import EngineParams
from src.core.errors import nearest

PARAMS_FILE = Path("params.yaml")


def _share(default: float, description: str) -> float:
    share: float = Field(default=default, ge=0, le=1, description=description)
    return share


class MessParams(Settings):
    """How untidy the simulated bank's deliveries are: shares, unless said otherwise."""

    households: float = _share(0.35, "people who share a home with another customer")
    household_phone: float = _share(0.2, "those of them who also share the other's phone")
    same_name: float = _share(0.02, "people who bear the full name of another customer")
    moved: float = _share(0.12, "customers who move home, some with a new phone, in the period")
    crm_duplicates: float = _share(0.03, "customers with a second record in the CRM")
    second_caller: float = _share(0.04, "callers with a second number in the contact centre")
    caller_without_birth: float = _share(0.6, "callers who were not asked for their date of birth")
    caller_without_account: float = _share(
        0.6, "callers who gave no account to be authenticated by"
    )
    account_typo: float = _share(0.02, "accounts that callers gave with a wrong digit")
    others_account: float = _share(
        0.02, "callers of a shared home who give the other's account in place of their own"
    )
    no_key: float = _share(0.006, "brokerage clients and callers of whom only the name is known")
    other_phone: float = _share(0.06, "records outside the CRM with an older phone")
    respelt_name: float = _share(0.04, "Chinese names in traditional characters or with a space")
    name_typo: float = _share(0.015, "names with a slip")
    phone_typo: float = _share(0.01, "phones with a wrong digit")
    id_typo: float = _share(0.008, "identity numbers with a wrong digit")
    missing_phone: float = _share(0.03, "records without a phone")
    missing_id: float = _share(0.02, "CRM and core records without an identity number")
    missing_birth: float = _share(0.02, "records without a date of birth")
    missing_address: float = _share(0.03, "records without an address")
    missing_attribute: float = _share(0.02, "gaps in each other column of the CRM")
    swapped_birth: float = _share(0.01, "dates of birth with day and month swapped")
    impossible_birth: float = _share(0.003, "dates of birth after joining")
    wrong_attribute: float = _share(0.01, "CRM records with a wrong income class, mended later")
    corrected: float = _share(0.4, "CRM records with an error that a later delivery mends")
    late_posting: float = _share(0.015, "core movements learned days after they happened")
    late_days: float = Field(default=6.0, gt=0, description="mean days by which these are late")
    corrected_amount: float = _share(0.003, "core amounts that a later delivery corrects")
    cancelled: float = _share(0.001, "core movements that never were and are withdrawn later")
    orphans: float = _share(0.0005, "movements of accounts that no system knows")
    repeated: float = _share(0.002, "rows of movements, trades and contacts delivered twice")
    swapped_trade_date: float = _share(0.004, "trade dates with day and month swapped")
    missing_currency: float = _share(0.005, "trades without their currency")
    negative_price: float = _share(0.002, "prices with a minus sign")
    truncated_logs: int = Field(default=1, ge=0, description="contact logs that are cut short")
    mentions: float = _share(0.02, "contact notes that mention the caller's phone or name")


class SimulationParams(Settings):
    """The simulated bank: its size, its period and how untidy its deliveries are."""

    customers: int = Field(gt=0, description="people and companies")
    company_share: float = Field(ge=0, le=1, description="share of companies among them")
    start: date = Field(description="first day of the extracts; quoted in YAML")
    months: int = Field(ge=12, description="months of transactions")
    mess: MessParams = Field(default=MessParams(), description="rates of errors and gaps")


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


class QualityGates(Settings):
    """What a delivery must hold for the stages after it to run. Shares lie in [0, 1]."""

    min_completeness: dict[str, float] = Field(
        description="least share filled, by table.column, of the columns that the source maps"
    )
    max_quarantine_share: float = Field(
        ge=0, le=1, description="largest share of a table's rows put into quarantine for a fault"
    )
    max_unreadable_share: float = Field(
        ge=0, le=1, description="largest share of a file's rows that can't be read as declared"
    )
    max_repeated_keys: int = Field(
        ge=0, description="keys of a table with several rows that stand at the same time"
    )
    max_orphan_share: float = Field(
        ge=0, le=1, description="largest share of a table's rows whose customer or product is none"
    )
    max_missing_control_share: float = Field(
        ge=0, le=1, description="largest share of the rows announced by control files not delivered"
    )
    min_reconciled_share: float = Field(
        ge=0, le=1, description="least share of statements equal to the one before plus movements"
    )
    min_priced_share: float = Field(
        ge=0, le=1, description="least share of the held products that have a price"
    )
    min_rated_share: float = Field(
        ge=0, le=1, description="least share of the currencies in use that have a rate"
    )
    min_rows_per_delivery: int = Field(
        ge=0, description="fewest rows in a file's last delivery, if all before had enough to judge"
    )
    min_rows_ratio: float = Field(
        ge=0, description="rows of a file's last delivery over the fewest of those before, at least"
    )
    max_late_share: float = Field(
        ge=0, le=1, description="largest share of a table's rows known later than late_after_days"
    )
    max_days_overdue: float = Field(
        ge=0, description="days without a file beyond the longest gap between its deliveries"
    )
    max_drift: float = Field(
        ge=0, description="largest population stability index of a column beyond chance"
    )
    max_null_drift: float = Field(
        ge=0, le=1, description="largest change of a column's empty share, to the most like before"
    )


class QualityParams(Settings):
    """The data-quality report and its gates."""

    late_after_days: float = Field(gt=0, description="days after the event: a row is late")
    min_rows_judged: int = Field(gt=0, description="shares of fewer rows are shown, not judged")
    drift_min_rows: int = Field(gt=0, description="fewer rows of a delivery are not compared")
    drift_bins: int = Field(ge=2, description="bins of equal mass in which numbers are compared")
    drift_lookback: int = Field(
        ge=1, description="deliveries before to one of which a column may be like instead: seasons"
    )
    drift_ignored: tuple[str, ...] = Field(
        description="table.column whose values are meant to move, such as prices"
    )
    examples: int = Field(ge=0, description="quarantined rows shown for each rule")
    gates: QualityGates
    exceptions: dict[str, dict[str, Any]] = Field(
        default={}, description="gates that differ for a source, by its name"
    )

    @model_validator(mode="after")
    def _exceptions_are_gates(self) -> Self:
        for source in self.exceptions:
            try:
                self.gates_of(source)
            except ValidationError as error:
                fault = error.errors()[0]
                name = ".".join(map(str, fault["loc"]))
                known = nearest(name, QualityGates.model_fields)
                raise ValueError(f"exceptions.{source}.{name}: {fault['msg']}. {known}") from error
        return self

    def gates_of(self, source: str) -> QualityGates:
        """The gates in force for one source; min_completeness is overridden column by column."""
        given = dict(self.exceptions.get(source, {}))
        filled = {**self.gates.min_completeness, **(given.pop("min_completeness", None) or {})}
        whole = {**self.gates.model_dump(), **given, "min_completeness": filled}
        return QualityGates.model_validate(whole)


class Params(Settings):
    """All of params.yaml."""

    source: str = Field(description="name of a mapping file in configs/sources")
    seed: int = Field(ge=0, description="every random choice follows from it")
    taxonomy: Path = Field(description="file of the bank's policy: classes, borders, horizons")
    engine: EngineParams
    simulate: SimulationParams
    integrate: IntegrateParams
    quality: QualityParams
    features: FeatureParams
    train: TrainParams
    evaluate: EvaluateParams
    promote: PromoteParams
    explain: ExplainParams


def load_params(path: Path = PARAMS_FILE) -> Params:
    """The parameters of this run. Raises ConfigError naming the file, the key and the remedy."""
    return load_settings(path, Params)
