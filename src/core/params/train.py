"""params.yaml `train`: the split, the search with its space and budget, the fit."""

from typing import Literal, Self

from pydantic import Field, PositiveInt, model_validator

from src.core.config import Settings


class FloatRange(Settings):
    """Where the search looks for a number; equal ends fix it."""

    low: float = Field(description="lowest value tried")
    high: float = Field(description="highest value tried")
    log: bool = Field(default=False, description="even on a logarithmic scale")

    @model_validator(mode="after")
    def _a_range(self) -> Self:
        _check_range(self.low, self.high, self.log)
        return self


class IntRange(Settings):
    """Where the search looks for a whole number; equal ends fix it."""

    low: int = Field(description="lowest value tried")
    high: int = Field(description="highest value tried")
    log: bool = Field(default=False, description="even on a logarithmic scale")

    @model_validator(mode="after")
    def _a_range(self) -> Self:
        _check_range(self.low, self.high, self.log)
        return self


class SearchSpace(Settings):
    """Where the search looks: the trees' growth, how many features are kept, the model's form."""

    learning_rate: FloatRange
    num_leaves: IntRange
    min_data_in_leaf: IntRange
    feature_fraction: FloatRange
    bagging_fraction: FloatRange
    lambda_l2: FloatRange
    features: tuple[PositiveInt, ...] = Field(
        min_length=1,
        description="numbers of features kept that are tried; a number above all means all",
    )

    forms: tuple[Literal["multiclass", "cumulative", "latent"], ...] = Field(
        description="forms of a model of more than two classes that are tried; multiclass only "
        "where no feature has a declared direction, which it can't hold",
    )

    @model_validator(mode="after")
    def _a_form_that_holds_directions(self) -> Self:
        if not set(self.forms) & {"cumulative", "latent"}:
            raise ValueError(
                f"forms should hold cumulative or latent, which can keep declared directions, "
                f"found {list(self.forms)}"
            )
        return self

    @model_validator(mode="after")
    def _within_what_lightgbm_takes(self) -> Self:
        for name, lowest, highest in (
            ("learning_rate", 1e-4, 1.0),
            ("num_leaves", 2, 1000),
            ("min_data_in_leaf", 1, None),
            ("feature_fraction", 0.01, 1.0),
            ("bagging_fraction", 0.01, 1.0),
            ("lambda_l2", 0.0, None),
        ):
            found = getattr(self, name)
            if found.low < lowest or (highest is not None and found.high > highest):
                raise ValueError(
                    f"{name} should lie between {lowest} and "
                    f"{'any number' if highest is None else highest}, "
                    f"found {found.low} to {found.high}"
                )
        return self

    def ranges(self) -> dict[str, FloatRange | IntRange]:
        """The ranges of the trees' growth by LightGBM's name."""
        return {
            name: found
            for name in type(self).model_fields
            if isinstance(found := getattr(self, name), FloatRange | IntRange)
        }


class TrainParams(Settings):
    """Split, search and fit: the same for each task."""

    test_share: float = Field(gt=0, lt=1, description="share of customers held out for the test")
    test_snapshots: int = Field(
        gt=0, description="last labelled snapshots, the test period; the horizon before is left out"
    )
    folds: int = Field(ge=2, description="customer-grouped folds of the development rows")
    trials: int = Field(gt=0, description="trials of the search")
    processes: int = Field(
        gt=0,
        description="processes that search in one study, sharing the threads; only with 1 do two "
        "runs end alike",
    )
    max_rounds: int = Field(gt=0, description="boosting rounds at most")
    early_stopping_rounds: int = Field(gt=0, description="rounds without gain that end a fit")
    max_rows: int = Field(gt=0, description="development rows in the search (whole customers)")
    threads: int = Field(gt=0, description="threads of LightGBM")
    coverage: float = Field(
        gt=0,
        lt=1,
        description="share of customers whose class their set, and whose assets their interval, "
        "shall hold",
    )
    space: SearchSpace


def _check_range(low: float, high: float, log: bool) -> None:
    if low > high:
        raise ValueError(f"low should not lie above high, found {low} to {high}")
    if log and low <= 0:
        raise ValueError(f"low should be above 0 on a logarithmic scale, found {low}")
