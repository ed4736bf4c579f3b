"""Parameters of the comparison of customers by sensitive attributes, and of its gates."""

from typing import Annotated

from pydantic import Field

from src.core.config import Settings

Share = Annotated[float, Field(ge=0, le=1)]
Area = Annotated[float, Field(ge=0.5, le=1)]


class FairnessLimits(Settings):
    """What the groups of one attribute may differ by before a model is held back.

    The first five are names of src.models.fairness.measures. null: reported, not a gate.
    """

    selection_rate: Share | None = Field(
        description="largest sure difference between two groups' shares of selected customers: "
        "where its interval begins; null: reported, no gate"
    )
    true_positive_rate: Share | None = Field(
        description="largest sure difference in the share selected of those whose outcome was it"
    )
    false_positive_rate: Share | None = Field(
        description="largest sure difference in the share selected of those whose outcome was not"
    )
    calibration_gap: Share | None = Field(
        description="largest sure difference in mean probability less frequency"
    )
    proxy_auroc: Area | None = Field(
        description="largest AUROC, where its interval begins, with which the model's features "
        "tell the attribute; null: reported, no gate"
    )


class FairnessGates(Settings):
    """Limits for each attribute. A figure is sure where its interval begins."""

    gender: FairnessLimits
    age: FairnessLimits
    region: FairnessLimits


class FairnessParams(Settings):
    """Which groups are compared, and what they may differ by."""

    min_customers: int = Field(
        gt=1, description="customers with fewer of whom a group is named and not judged"
    )
    min_cases: int = Field(
        gt=1, description="the same of those on whom a rate rests, such as the positives"
    )
    proxy_rounds: int = Field(
        gt=0, description="boosting rounds in which an attribute is predicted from the features"
    )
    gates: FairnessGates
