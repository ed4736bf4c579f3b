"""Parameters of what follows the training: what is promoted, when drift is too much, and what
becomes of models that learned from an erased customer."""

from typing import Literal, Self

from pydantic import Field, model_validator

from src.core.config import Settings


class PromoteParams(Settings):
    """Gates that a model must hold to be served, and what it takes to replace the champion."""

    max_additivity_residual: float = Field(
        gt=0, description="largest gap between summed contributions and margin"
    )
    max_calibration_error: float = Field(
        gt=0,
        description="largest expected calibration error of a class, without what chance adds to it",
    )
    max_bundle_mb: float = Field(gt=0, description="largest size of the bundle, in MB")
    min_gain: float = Field(
        ge=0,
        lt=1,
        description="share of the champion's log loss by which the challenger's has to be lower, "
        "at the lower end of the paired interval",
    )
    max_shortfall: float = Field(
        ge=0,
        lt=1,
        description="share of the champion's log loss by which the challenger's may be higher, at "
        "the same end, where the champion breaks the limit of calibration and the challenger "
        "does not",
    )
    min_rows: int = Field(
        gt=0, description="test rows that neither has seen, below which they are not compared"
    )


class MonitorParams(Settings):
    """When a month has drifted too far from the training window of the model that is served.

    Stability indices are what goes beyond their mean by chance.
    """

    max_population_change: float = Field(
        gt=0, description="change of the number of customers since the snapshot before, as a share"
    )
    max_population_psi: float = Field(
        gt=0,
        description="stability index beyond chance of what is known of the customers themselves, "
        "such as their age",
    )
    max_feature_psi: float = Field(
        gt=0, description="stability index beyond chance at which a feature counts as drifted"
    )
    max_drifted_features: float = Field(
        ge=0, le=1, description="share of the model's features that may have drifted"
    )
    ignored: list[str] = Field(
        description="features that are meant to move, such as the years as a customer, and are not "
        "counted"
    )
    max_score_psi: float = Field(gt=0, description="stability index of the scores beyond chance")
    max_score_ks: float = Field(
        gt=0, le=1, description="largest gap between the scores' cumulative shares then and now"
    )
    max_expected_loss_rise: float = Field(
        gt=0,
        description="rise of the estimated log loss (lower end of its interval) over the estimate "
        "for the training window, as a share",
    )
    max_outcome_psi: float = Field(gt=0, description="stability index of the classes that came")
    max_calibration_error: float = Field(
        gt=0,
        description="largest calibration error of a class on matured rows, without what chance "
        "adds to it",
    )
    min_matured_rows: int = Field(
        gt=0, description="rows with a label, below which outcomes and calibration are not judged"
    )


class EraseParams(Settings):
    """What becomes of models that learned from a customer who is erased afterwards.

    They hold no row of anybody, and are served on until a decision replaces them.
    """

    learned_models: Literal["retrain", "keep"] = Field(
        description="retrain: such models are to be replaced by ones that were trained without the "
        "customer, which `kehu erase` trains and `kehu promote` decides on; keep: they stay, for "
        "the reason given"
    )
    retrain_within_days: int = Field(
        gt=0, description="days after an erasure by which they are to be replaced"
    )
    reason: str | None = Field(
        description="why such models may stay; required where learned_models is keep, and written "
        "into every proof of erasure"
    )

    @model_validator(mode="after")
    def _keep_has_a_reason(self) -> Self:
        if self.learned_models == "keep" and not (self.reason or "").strip():
            raise ValueError(
                "learned_models is 'keep' without a reason; expected the reason, such as the legal "
                "ground, in erase.reason, or learned_models: retrain"
            )
        return self
