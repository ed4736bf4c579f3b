"""What the market did to what is held, what it had cost, and the record of trades."""

import math
from datetime import datetime
from itertools import pairwise
from typing import Any

from src.core.time import ALWAYS
from src.features.definitions.market import Market, Position, Trades
from tests.support.features.oracles.arithmetic import deviation
from tests.support.features.oracles.holdings import Holdings
from tests.support.features.oracles.seen import DAY, NAN, Row, known


class MarketRecord(Holdings):
    """Figures of prices, rates and trades."""

    def _unit(self, name: str, at: datetime) -> float | None:
        """Worth of one unit in base currency."""
        product = self.products.get(name)
        if product is None:
            return None
        price, rate = self.price(name, at), self._rate(name, at)
        if price is None and product["asset_class"] in ("cash", "deposit", "insurance", "loan"):
            price = 1.0
        return None if price is None or rate is None else price * rate

    def _rate(self, name: str, at: datetime) -> float | None:
        currency = self.products[name]["currency"] if name in self.products else None
        return self.last("fx_rates", "currency", currency, at, "rate")

    def _owned(self, only: Any = None) -> list[tuple[str, int]]:
        """(product, worth) of the products held above 0."""
        return [
            (h[0], h[3])
            for h in self.holdings()
            if h[0] and h[3] > 0 and self._held_matches(h, only)
        ]

    def _market(self, d: Market) -> float:
        level = self._rate if d.how == "currency_return" else self._unit
        path = [sum(worth for _, worth in self._owned(d.only))]
        for lag in d.lags:
            total = 0
            for name, worth in self._owned(d.only):
                now, then = level(name, self.as_of), level(name, self.as_of - lag * DAY)
                unchanged = now is None or then is None
                total += worth if unchanged else half_up(worth * (then / now))
            path.append(total)
        steps = [new / old - 1 if old else NAN for new, old in pairwise(path)]
        return deviation(steps) if d.how == "volatility" else steps[0]

    def _position(self, d: Position) -> float:
        parts = self._foreign() if d.how == "foreign_share" else self._bought(d)
        part, whole = sum(p for p, _ in parts), sum(w for _, w in parts)
        if d.how == "gain":
            return whole / part - 1 if part else NAN
        return part / whole if whole else NAN

    def _foreign(self) -> list[tuple[int, int]]:
        own = {
            row["currency"]
            for row in self.tables["fx_rates"]
            if row["date"] == ALWAYS and known(row, self.as_of)
        }
        parts = []
        for h in self.holdings():
            currency = self.products.get(h[0], {}).get("currency")
            parts.append((max(h[3], 0) * (currency not in {None, *own}), max(h[3], 0)))
        return parts

    def _bought(self, d: Position) -> list[tuple[int, int]]:
        parts = []
        for name, worth in self._owned():
            buys = [row for row in self._of(name) if row["kind"] == "buy"]
            if d.how == "days_held":
                if buys:
                    age = self.as_of - min(row["occurred_at"] for row in buys)
                    parts.append((worth * (age // DAY), worth))
                continue
            paid, now = average_price(buys), self._unit(name, self.as_of)
            if paid is not None and now is not None:
                cost = half_up(worth * (paid / (now * (100 / 1_000_000))))
                parts.append((cost if d.how == "gain" else worth * (cost > worth), worth))
        return parts

    def _of(self, name: str) -> list[Row]:
        return [
            row
            for row in self.events("transactions")
            if row.get("product_id") == name and row["kind"] in ("buy", "sell")
        ]

    def _trades(self, d: Trades) -> float:
        names = {row.get("product_id") for row in self.events("transactions")} - {None}
        firsts = {
            name: min(row["occurred_at"] for row in self._of(name) if row["kind"] == "buy")
            for name in names
            if any(row["kind"] == "buy" for row in self._of(name))
        }
        of_class: dict[str, datetime] = {}
        for name, first in firsts.items():
            if name in self.products:
                kind = self.products[name]["asset_class"]
                of_class[kind] = min(first, of_class.get(kind, first))
        if d.how == "days_since_new_class":
            return (self.as_of - max(of_class.values())) / DAY if of_class else NAN
        start = self.as_of - d.days * DAY
        if d.how == "new_products":
            return sum(1 for first in firsts.values() if first >= start)
        if d.how == "new_classes":
            return sum(1 for first in of_class.values() if first >= start)
        if d.how == "grade_step":
            graded = {n: self.products[n]["risk_grade"] for n in firsts if n in self.products}
            new = [grade for n, grade in graded.items() if firsts[n] >= start]
            old = [grade for n, grade in graded.items() if firsts[n] < start]
            return max(new) - max(old) if new and old else NAN
        return self._sales(d, [self._of(name) for name in names], start)

    def _sales(self, d: Trades, products: list[list[Row]], start: datetime) -> float:
        """Sales of one product at one instant are one sale."""
        figures = []
        for rows in products:
            for at in {r["occurred_at"] for r in rows if r["kind"] == "sell"}:
                if at < start:
                    continue
                sold = [r for r in rows if r["kind"] == "sell" and r["occurred_at"] == at]
                before = [r for r in rows if r["kind"] == "buy" and r["occurred_at"] < at]
                if d.how == "days_to_sale" and before:
                    figures.append((at - max(r["occurred_at"] for r in before)) / DAY)
                received, paid = average_price(sold), average_price(before)
                if d.how == "gain_share" and received is not None and paid is not None:
                    figures.append(float(received - paid > 0))
        return sum(figures) / len(figures) if figures else NAN


def half_up(worth: float) -> int:
    return math.floor(worth + 0.5)


def average_price(rows: list[Row]) -> float | None:
    """Minor units for a millionth of a unit."""
    micro = sum(round(abs(row["quantity"] or 0) * 1_000_000) for row in rows)
    return sum(abs(row["amount_minor"]) for row in rows) / micro if micro else None
