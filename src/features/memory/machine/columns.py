"""What the instructions work on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# (columns, rows); columns hold floats as their bits.
Cells = NDArray[np.int64]
# One column of the cells, as whole numbers or seen as floats.
Column = NDArray[Any]
Places = NDArray[np.int64]
