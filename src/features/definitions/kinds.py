"""All kinds of definition, by the name under which configs/features.yaml asks for them."""

from typing import get_args

from src.features.definitions.derived import Difference, Mix, Ratio
from src.features.definitions.events import Periodic, Recency, Windowed
from src.features.definitions.state import BalancePath, Holding, Imputed, Profile, Questionnaire

Definition = (
    Windowed
    | Recency
    | Periodic
    | BalancePath
    | Holding
    | Profile
    | Imputed
    | Questionnaire
    | Ratio
    | Difference
    | Mix
)
DEFINITIONS: dict[str, type[Definition]] = {
    kind.model_fields["kind"].default: kind for kind in get_args(Definition)
}
