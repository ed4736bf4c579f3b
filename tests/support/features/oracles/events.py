"""What happened: windows, recency and periods."""

import math

from src.features.definitions.conditions import Filter
from src.features.definitions.events import Periodic, Recency, Windowed
from tests.support.features.oracles.arithmetic import slope
from tests.support.features.oracles.seen import DAY, NAN, Row, Seen


class Events(Seen):
    """Figures of movements and contacts."""

    def _kept(self, table: str, measure: str, only: Filter | None) -> list[tuple[Row, float]]:
        pairs = []
        for row in self.events(table):
            if only is not None and not self._matches(row, only):
                continue
            value = self._measured(row, measure)
            if value is not None:
                pairs.append((row, value))
        return pairs

    def _matches(self, row: Row, only: Filter) -> bool:
        product = self.products.get(row.get("product_id"), {})
        for column, allowed in (
            (row.get("kind"), only.kinds),
            (row.get("channel"), only.channels),
            (row.get("category"), only.categories),
            (row.get("topic"), only.topics),
            (product.get("asset_class"), only.asset_classes),
        ):
            if allowed and column not in allowed:
                return False
        if only.min_grade is not None and not product.get("risk_grade", 0) >= only.min_grade:
            return False
        if only.max_grade is not None and not product.get("risk_grade", 9) <= only.max_grade:
            return False
        if only.after is None:
            return True
        change = self._return(row)
        return change is not None and (change <= -0.03 if only.after == "fall" else change >= 0.03)

    def _return(self, row: Row) -> float | None:
        if row["kind"] not in ("buy", "sell") or not row.get("product_id"):
            return None
        at = row["occurred_at"]
        now = self.price(row["product_id"], at)
        then = self.price(row["product_id"], at - 30 * DAY)
        return None if now is None or then is None else now / then - 1

    @staticmethod
    def _measured(row: Row, measure: str) -> float | None:
        if measure == "rows":
            return 1
        if measure == "score":
            return row.get("score")
        amount = row["amount_minor"]
        if measure == "inflow":
            return amount if amount > 0 else None
        if measure == "outflow":
            return -amount if amount < 0 else None
        return abs(amount) if measure == "turnover" else amount

    def _windowed(self, d: Windowed) -> float:
        start = self.as_of - d.days * DAY
        values = [
            v for row, v in self._kept(d.table, d.measure, d.only) if row["occurred_at"] >= start
        ]
        scale = 1 if d.measure in ("rows", "score") else 100
        if d.how == "count":
            return len(values)
        if d.how == "sum":
            return sum(values) / scale
        if not values:
            return NAN
        return (max(values) if d.how == "max" else sum(values) / len(values)) / scale

    def _recency(self, d: Recency) -> float:
        times = [row["occurred_at"] for row, _ in self._kept(d.table, d.measure, d.only)]
        if not times:
            return NAN
        return (self.as_of - (max(times) if d.which == "last" else min(times))) / DAY

    def sums(self, measure: str, only: Filter | None, periods: int) -> list[int]:
        """Sums of the 30-day periods, newest first, in minor units or rows."""
        sums = [0] * periods
        for row, value in self._kept("transactions", measure, only):
            for k in range(periods):
                start = self.as_of - 30 * (k + 1) * DAY
                if start <= row["occurred_at"] < start + 30 * DAY:
                    sums[k] += int(value)
        return sums

    def _periodic(self, d: Periodic) -> float:
        sums = self.sums(d.measure, d.only, d.periods)
        scale = 1 if d.measure == "rows" else 100
        n, mean = len(sums), sum(sums) / len(sums)
        std = math.sqrt(sum((value - mean) ** 2 for value in sums) / n)
        if d.how == "std":
            return std / scale
        if d.how == "cv":
            return std / abs(mean) if sum(sums) else NAN
        if d.how == "active":
            return sum(1 for value in sums if value)
        if d.how == "slope":
            return slope(sums[::-1]) / scale
        total = sum(abs(value) for value in sums)
        return max(abs(value) for value in sums) / total if total else NAN
