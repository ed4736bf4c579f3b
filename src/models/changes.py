"""Why customers change class: how far it comes from new data, a new model or a new threshold.

A class is a place among the ordered classes. Its change from old to new is shared out among the
parts by their Shapley values (Shapley, 1953): a part's share is what it adds, averaged over all
orders in which the parts may be renewed. The shares add up to the change, exactly: they are whole
numbers of sixths.

data: the customer's features at the later month in place of the earlier one. model: the later
predictor. threshold: the later calibration and costs of mistakes, which set where one class ends
and the next begins. A calibration reads the margins of one form alone, so that between two forms it
goes with its model and the costs are the threshold. A border of the taxonomy works through the
labels that the later model learned from, so it counts as a new model.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from src.core.errors import ModelError
from src.models.bundle import Bundle

PARTS = ("data", "model", "threshold")
SIXTHS = 6
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class State:
    """A bundle and the feature rows that it scores, one per customer."""

    bundle: Bundle
    rows: pd.DataFrame


@dataclass(frozen=True)
class Changes:
    """classes: in order. customers: those of both states. old, new: (n,) places among the classes.
    sixths: per part, (n,) its share of new - old, in sixths of a class. newcomers, leavers: who
    is in one state only and has no change to share out.
    """

    task: str
    classes: tuple[str, ...]
    customers: tuple[str, ...]
    old: Places
    new: Places
    sixths: Mapping[str, Places]
    newcomers: int
    leavers: int

    @property
    def changed(self) -> npt.NDArray[np.bool_]:
        """(n,) whose class is another."""
        mask: npt.NDArray[np.bool_] = self.old != self.new
        return mask

    def table(self) -> pd.DataFrame:
        """One row per customer of both states: the classes, the change in classes and its parts."""
        names = np.asarray(self.classes, dtype=object)
        shares = {f"from_{part}": self.sixths[part] / SIXTHS for part in PARTS}
        return pd.DataFrame(
            {
                "customer_id": self.customers,
                "old": names[self.old],
                "new": names[self.new],
                "change": self.new - self.old,
                **shares,
            }
        )

    def totals(self) -> dict[str, Any]:
        """The same in sum: for risers and fallers apart, so that they don't cancel out."""
        found: dict[str, Any] = {
            "customers": len(self.customers),
            "changed": int(self.changed.sum()),
            "newcomers": self.newcomers,
            "leavers": self.leavers,
            "moves": self._moves(),
        }
        for name, mask in (("up", self.new > self.old), ("down", self.new < self.old)):
            parts = {part: int(self.sixths[part][mask].sum()) / SIXTHS for part in PARTS}
            steps = int((self.new - self.old)[mask].sum())
            found[name] = {"customers": int(mask.sum()), "classes": steps, **parts}
        return found

    def _moves(self) -> list[dict[str, Any]]:
        k = len(self.classes)
        counts = np.bincount(self.old * k + self.new, minlength=k * k).reshape(k, k)
        return [
            {"from": self.classes[i], "to": self.classes[j], "customers": int(counts[i, j])}
            for i in range(k)
            for j in range(k)
            if counts[i, j]
        ]


def changes(old: State, new: State) -> Changes:
    """Share out each customer's change of class from the state `old` to the state `new`.

    Each state's rows have the columns of both bundles' specs. Raises ModelError if the two tell
    other classes: between them no customer has changed, the question has.
    """
    if old.bundle.classes != new.bundle.classes:
        raise ModelError(
            f"{new.bundle.task}: version {old.bundle.version} tells the classes "
            f"{', '.join(old.bundle.classes)} and {new.bundle.version} "
            f"{', '.join(new.bundle.classes)}; expected the same ones. Choose two versions under "
            "one taxonomy."
        )
    before = old.rows.set_index("customer_id")
    after = new.rows.set_index("customer_id")
    both = before.index.intersection(after.index).sort_values()
    rows = (before.loc[both], after.loc[both])
    bundles = (old.bundle, new.bundle)

    def place(data: int, model: int, threshold: int) -> Places:
        own, later = bundles[model], bundles[threshold]
        calibration = later.calibration if later.form == own.form else own.calibration
        found: Places = later.decided(calibration.probabilities(own.margins(rows[data])))
        return found

    places = {corner: place(*corner) for corner in _corners()}
    return Changes(
        task=new.bundle.task,
        classes=new.bundle.classes,
        customers=tuple(both),
        old=places[0, 0, 0],
        new=places[1, 1, 1],
        sixths=dict(zip(PARTS, shapley_sixths(places.__getitem__), strict=True)),
        newcomers=len(after) - len(both),
        leavers=len(before) - len(both),
    )


def shapley_sixths(value: Callable[[tuple[int, int, int]], Places]) -> list[Places]:
    """Six times the Shapley value of each of three parts. value: of a corner, 1 where a part is
    new. The sum over the parts is six times value((1, 1, 1)) - value((0, 0, 0))."""
    sums = [np.zeros_like(value((0, 0, 0))) for _ in PARTS]
    for order in permutations(range(len(PARTS))):
        corner = [0, 0, 0]
        for part in order:
            without = value((corner[0], corner[1], corner[2]))
            corner[part] = 1
            sums[part] = sums[part] + value((corner[0], corner[1], corner[2])) - without
    return sums


def _corners() -> Iterator[tuple[int, int, int]]:
    for number in range(8):
        yield number >> 2 & 1, number >> 1 & 1, number & 1
