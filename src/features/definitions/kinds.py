"""All kinds of definition, by the name under which configs/features.yaml asks for them."""

from typing import get_args

from src.features.definitions.derived import Above, Difference, Mix, Ratio, Stage
from src.features.definitions.events import Periodic, Recency, Windowed
from src.features.definitions.market import Market, Position, Trades
from src.features.definitions.recent import DailyCash, Recurring, Rhythm, Timing, Variety
from src.features.definitions.state import (
    BalancePath,
    Coded,
    Holding,
    Imputed,
    Profile,
    Questionnaire,
)

Definition = (
    Windowed
    | Recency
    | Periodic
    | Recurring
    | Variety
    | Rhythm
    | Timing
    | BalancePath
    | DailyCash
    | Holding
    | Position
    | Market
    | Trades
    | Profile
    | Coded
    | Imputed
    | Questionnaire
    | Ratio
    | Difference
    | Mix
    | Above
    | Stage
)
DEFINITIONS: dict[str, type[Definition]] = {
    kind.model_fields["kind"].default: kind for kind in get_args(Definition)
}
