"""The forms of a model: how many margins stand for its classes, and what each of them says.

binary: one margin, the log-odds of the later of two classes. multiclass: one per class, whose
softmax are the probabilities. cumulative: one per border, the log-odds of lying above it (Frank and
Hall, 2001). latent: one score, which cut points divide among the classes (McCullagh, 1980).
Of the last two the classes keep their order, and a feature can be held to a direction.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from src.models.calibration import Calibration, Floats
from src.models.ordered_calibration import Borders, Cumulative, CutPoints

Form = Literal["binary", "multiclass", "cumulative", "latent"]
Indices = npt.NDArray[np.int64]
ORDERED: tuple[Form, ...] = ("cumulative", "latent")


def plain_form(classes: int) -> Form:
    """The form without any order of the classes."""
    return "binary" if classes == 2 else "multiclass"


def form_of(calibration: Calibration) -> Form:
    """The form whose margins a calibration reads."""
    if isinstance(calibration, Borders):
        return "latent" if calibration.shared else "cumulative"
    if isinstance(calibration, Cumulative):
        return "cumulative"
    if isinstance(calibration, CutPoints):
        return "latent"
    return plain_form(calibration.classes)


def outputs_of(form: Form, classes: int) -> int:
    """The number of margins."""
    return {"multiclass": classes, "cumulative": classes - 1}.get(form, 1)


def margin_names(form: Form, classes: Sequence[str]) -> tuple[str, ...]:
    """The class that each margin speaks of: of two classes the last; of ordered ones each but the
    first, for lying in it or above; of one score the last, for lying further up."""
    if form == "multiclass":
        return tuple(classes)
    return tuple(classes[1:]) if form == "cumulative" else tuple(classes[-1:])


def spokesman(
    form: Form, predicted: Indices, classes: int, above: Floats
) -> tuple[Indices, Floats]:
    """Which margin speaks for the class `predicted` (n,) of each row, and with which sign.

    Ordered classes: of the lowest the falling first margin, of the highest the rising last one. Of
    a class between, what speaks is why the row lies at least so high where it lies above the usual
    row, and why no higher where it lies below.
    above: (n, m) margins less their base. Not for multiclass, where every margin has a say.
    """
    borders = outputs_of(form, classes)
    highest = np.asarray(predicted) == classes - 1
    lowest = np.asarray(predicted) == 0
    rising = highest | (~lowest & (above.mean(axis=1) >= 0))
    border = np.where(rising, np.asarray(predicted) - 1, predicted)
    return np.clip(border, 0, borders - 1).astype(np.int64), np.where(rising, 1.0, -1.0)
