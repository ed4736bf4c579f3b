"""Whether this run's winner takes the champion's place, and why or why not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from src.core.errors import ModelError
from src.core.params.operation import PromoteParams
from src.models.bundle import Bundle
from src.models.comparison import Comparison

Rule = Literal[
    "no champion", "same model", "taken back", "unlike", "gate", "not compared", "not trained",
    "superiority", "non-inferiority",
]  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """promoted: whether the challenger is served from now on. rule: which of the rules decided.
    reason: a sentence. comparison: None where the two were not compared."""

    promoted: bool
    rule: Rule
    reason: str
    comparison: Comparison | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        compared = self.comparison.to_json() if self.comparison else None
        return {
            "promoted": self.promoted,
            "rule": self.rule,
            "reason": self.reason,
            "comparison": compared,
        }


def decide_promotion(
    challenger: Bundle,
    gates: Sequence[Mapping[str, Any]],
    champion: Bundle | None,
    no_champion: str,
    unlike: str,
    taken_back: Mapping[str, str],
    compared: Callable[[], Comparison],
    params: PromoteParams,
) -> Decision:
    """The decision by the first rule that applies, in the order of `Rule`.

    gates: of the challenger, as `gates.decide` lists them. champion: None with the reason
    `no_champion` if there is none. unlike: why it can't answer what is asked today. taken_back:
    why, by fingerprint, models were rolled back: such a one returns by a rollback to it alone.
    compared: makes the comparison, or raises ModelError if it can't be made. A champion is not
    replaced by what breaks a gate, or can't be compared with it, but a champion that no longer
    answers what is asked is replaced.
    """
    if champion is None:
        return Decision(True, "no champion", f"It is served because {no_champion}.")
    if challenger.fingerprint == champion.fingerprint:
        return Decision(True, "same model", "It is the champion: the same model and calibration.")
    if why := taken_back.get(challenger.fingerprint):
        return Decision(
            False,
            "taken back",
            f"This model was taken back ({why}). `kehu rollback "
            f"{challenger.task} VERSION` with its version in MLflow brings it back.",
        )
    if unlike:
        return Decision(True, "unlike", f"The champion can't be served any more: {unlike}.")
    broken = [gate for gate in gates if not gate["held"]]
    if broken:
        listed = ", ".join(f"{g['name']} {g['value']:.3g} above {g['limit']:g}" for g in broken)
        return Decision(False, "gate", f"It breaks a gate: {listed}.")
    try:
        comparison = compared()
    except ModelError as error:
        return Decision(False, "not compared", f"It can't be compared with the champion: {error}.")
    return _contest(comparison, params)


def _contest(found: Comparison, params: PromoteParams) -> Decision:
    limit = params.max_calibration_error
    unfit = found.champion_calibration_error > limit >= found.challenger_calibration_error
    share = -params.max_shortfall if unfit else params.min_gain
    required = share * abs(found.champion)
    low = found.gain["low"]
    won = low is not None and low > required
    level = f"{100 * found.confidence:g}% interval"
    said = (
        f"In {found.yardstick} it is ahead of the champion by {_number(found.gain['value'])} "
        f"({level} {_number(low)} to {_number(found.gain['high'])}) on {found.rows} of "
        f"{found.of_rows} test rows, of {found.customers} customers, that neither has seen; the "
        f"lower end has to be above {required:.4f}"
    )
    if unfit:
        said += (
            f", for the champion no longer fits the data: its calibration error, but for "
            f"what chance adds to it, is "
            f"{found.champion_calibration_error:.3f}, above {limit:g}, the challenger's "
            f"{found.challenger_calibration_error:.3f}"
        )
    rule: Rule = "non-inferiority" if unfit else "superiority"
    return Decision(won, rule, f"{said}.", found)


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.4f}"
