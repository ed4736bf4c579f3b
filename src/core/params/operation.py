"""Parameters of what follows the training: what is promoted, and when drift is too much."""

from pydantic import Field

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
