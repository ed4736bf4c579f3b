"""Parameters of the data-quality report and of the gates that a delivery must hold."""

from typing import Annotated, Any, Self

from pydantic import Field, NonNegativeFloat, NonNegativeInt, ValidationError, model_validator

from src.core.config import Settings
from src.core.errors import nearest

Share = Annotated[float, Field(ge=0, le=1)]


class QualityGates(Settings):
    """What a delivery must hold for the stages after it to run."""

    min_completeness: dict[str, Share] = Field(
        description="least share filled, by table.column, of the columns that the source maps"
    )
    max_quarantine_share: Share = Field(
        description="largest share of a table's rows put into quarantine for a fault"
    )
    max_unreadable_share: Share = Field(
        description="largest share of a file's rows that can't be read as declared"
    )
    max_repeated_keys: NonNegativeInt = Field(
        description="keys of a table with several rows that stand at the same time"
    )
    max_copied_deliveries: NonNegativeInt = Field(
        description="last deliveries of a file of events that are whole copies of an earlier one"
    )
    max_orphan_share: Share = Field(
        description="largest share of a table's rows whose customer or product is none"
    )
    max_missing_control_share: Share = Field(
        description="largest share of the rows announced by control files not delivered"
    )
    min_reconciled_share: Share = Field(
        description="least share of statements equal to the one before plus movements"
    )
    min_priced_share: Share = Field(
        description="least share of the held products that have a price"
    )
    min_rated_share: Share = Field(
        description="least share of the currencies in use that have a rate"
    )
    min_rows_per_delivery: NonNegativeInt = Field(
        description="fewest rows in a file's last delivery, if all before had enough to judge"
    )
    min_rows_ratio: NonNegativeFloat = Field(
        description="least rows of a file's last delivery, if in its cycle, over the fewest of two "
        "or more before"
    )
    max_late_share: Share = Field(
        description="largest share of a table's rows known later than late_after_days"
    )
    max_days_overdue: NonNegativeFloat = Field(
        description="days without a file beyond the longest gap between its deliveries"
    )
    max_drift: NonNegativeFloat = Field(
        description="largest population stability index of a column beyond chance"
    )
    max_null_drift: Share = Field(
        description="largest change of a column's empty share, to the most like before"
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
    examples: NonNegativeInt = Field(description="quarantined rows shown for each rule")
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
