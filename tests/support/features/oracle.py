"""What every kind of feature should be, in slow and obvious Python over lists of rows."""

from typing import Any

from src.features.definitions.state import BalancePath
from tests.support.features.oracles.arithmetic import slope
from tests.support.features.oracles.market import MarketRecord
from tests.support.features.oracles.person import Person
from tests.support.features.oracles.recent import RecentMoves
from tests.support.features.oracles.seen import NAN


class Oracle(RecentMoves, MarketRecord, Person):
    """The features of one customer at one instant."""

    def value(self, d: Any) -> float:
        """What the feature that a definition names should be."""
        return getattr(self, f"_{d.kind}")(d)

    def _balance_path(self, d: BalancePath) -> float:
        held = self.holdings()
        if not held:
            return NAN
        path = [sum(minor for product, _, _, minor, _ in held if product is None)]
        for moved in self.sums("net", None, d.periods):
            path.append(path[-1] - moved)
        now, peak, total = path[0], max(path), sum(path)
        if d.how == "slope":
            return slope(path[::-1]) / 100
        if d.how == "minimum":
            return min(path) / 100
        if d.how == "drawdown":
            return (peak - now) / peak if peak > 0 else NAN
        if d.how == "low":
            return sum(1 for point in path if point * 10 <= peak)
        return now / (total / len(path)) if total > 0 else NAN
