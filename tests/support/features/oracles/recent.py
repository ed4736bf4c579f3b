"""The shape of the last months: streams, variety, rhythm, timing, daily cash."""

import math
from collections import Counter, defaultdict
from itertools import pairwise

from src.features.definitions.recent import DailyCash, Recurring, Rhythm, Timing, Variety
from tests.support.features.oracles.arithmetic import deviation, entropy
from tests.support.features.oracles.events import Events
from tests.support.features.oracles.holdings import Holdings
from tests.support.features.oracles.seen import DAY, NAN, Row

BOOKED_BY_THE_BANK = ("interest", "fee", "dividend")


class RecentMoves(Events, Holdings):
    """Figures of the shape of the last months."""

    def _recent(self, days: int, direction: str | None = None) -> list[Row]:
        rows = [
            row
            for row in self.events("transactions")
            if row["occurred_at"] >= self.as_of - days * DAY
        ]
        sign = {"inflow": 1, "outflow": -1, None: 0}[direction]
        return [row for row in rows if not sign or row["amount_minor"] * sign > 0]

    def _days_before(self, row: Row) -> int:
        """0 for the last day before as_of."""
        return math.ceil((self.as_of - row["occurred_at"]) / DAY) - 1

    def _recurring(self, d: Recurring) -> float:
        rows = self._recent(30 * d.periods, d.direction)
        streams = defaultdict(list)
        for row in rows:
            streams[row["kind"], row.get("category"), row.get("counterparty")].append(row)
        regular = [
            stream
            for (kind, _, _), stream in streams.items()
            if kind not in BOOKED_BY_THE_BANK and self._is_regular(stream, d)
        ]
        total = sum(abs(row["amount_minor"]) for stream in regular for row in stream)
        if d.how == "streams":
            return len(regular)
        if d.how == "mean":
            return total / 100 / d.periods
        if d.how == "share":
            whole = sum(abs(row["amount_minor"]) for row in rows)
            return total / whole if whole else NAN
        if not regular:
            return NAN
        last = max(row["occurred_at"] for stream in regular for row in stream)
        return (self.as_of - last) / DAY

    def _is_regular(self, stream: list[Row], d: Recurring) -> bool:
        amounts = [abs(row["amount_minor"]) for row in stream]
        periods = {self._days_before(row) // 30 for row in stream}
        times = 1 if d.amounts == "equal" else 2
        return (
            len(periods) >= d.periods - 2
            and len(stream) <= d.periods + 2
            and max(amounts) <= times * min(amounts)
        )

    def _variety(self, d: Variety) -> float:
        rows = self._recent(d.days, d.direction)
        counts = Counter(row[d.column] for row in rows if row.get(d.column))
        if d.how == "distinct":
            return len(counts)
        if not counts:
            return NAN
        if d.how == "top_share":
            return max(counts.values()) / counts.total()
        return entropy(list(counts.values()))

    def _rhythm(self, d: Rhythm) -> float:
        days = sorted(
            {
                self._days_before(row)
                for row in self._recent(d.days)
                if row["kind"] not in BOOKED_BY_THE_BANK and row.get("channel") != "system"
            }
        )
        if d.how == "active":
            return len(days)
        if d.how == "quiet":
            runs = "".join("x" if day in days else "." for day in range(d.days)).split("x")
            return max(len(run) for run in runs) if days else NAN
        gaps = [older - newer for newer, older in pairwise(days)]
        return deviation(gaps) / (sum(gaps) / len(gaps)) if len(gaps) >= 2 else NAN

    def _timing(self, d: Timing) -> float:
        rows = [
            row
            for row in self._recent(d.days, d.direction)
            if d.only is None or self._matches(row, d.only)
        ]
        total = sum(abs(row["amount_minor"]) for row in rows)
        aged = sum(abs(row["amount_minor"]) * self._days_before(row) for row in rows)
        return aged / total if total else NAN

    def _daily_cash(self, d: DailyCash) -> float:
        held = self.holdings()
        if not held:
            return NAN
        now = sum(minor for product, _, _, minor, _ in held if product is None)
        path = [
            now
            - sum(
                row["amount_minor"]
                for row in self.events("transactions")
                if row["occurred_at"] >= self.as_of - day * DAY
            )
            for day in range(d.days)
        ]
        highest, lowest, mean = max(path), min(path), sum(path) / d.days
        if d.how == "low":
            return sum(1 for point in path if point * 10 <= highest)
        if d.how == "negative":
            return sum(1 for point in path if point < 0)
        if d.how == "mean":
            return mean / 100
        if d.how == "minimum":
            return lowest / 100
        if d.how == "spread":
            return (highest - lowest) / mean if sum(path) > 0 else NAN
        return (highest - now) / highest if highest > 0 else NAN
