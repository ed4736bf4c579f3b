"""Points in the order of a code and a time, and how many of them lie before others."""

import numpy as np

from src.features.sorted_rows import Ints

_MOST = 2**62


class Line:
    """Points in the order of (code, time), and how many of them lie before others."""

    def __init__(self, codes: Ints, times: Ints, n_codes: int) -> None:
        """Codes below n_codes; codes and times sorted together."""
        self._low = int(times.min()) if len(times) else 0
        self._ticks = (int(times.max()) - self._low if len(times) else 0) + 2
        self._known = None
        if self._ticks * n_codes > _MOST:
            self._known = np.unique(times)
            self._ticks = len(self._known) + 1
        self._points = self._packed(codes, times)

    def _packed(self, codes: Ints, times: Ints) -> Ints:
        """Code and time in one number; times beyond the points' own count as next to them."""
        if self._known is not None:
            ticks = np.searchsorted(self._known, times)
        else:
            # no difference of times that overflows: first to the range, then from its begin
            highest = self._low + self._ticks - 1
            ticks = np.clip(times, self._low, highest) - self._low
        return codes * self._ticks + ticks

    def before(self, codes: Ints, times: Ints) -> Ints:
        """How many points lie before (code, time), those of smaller codes included."""
        return np.searchsorted(self._points, self._packed(codes, times)).astype(np.int64)
