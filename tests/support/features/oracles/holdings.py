"""What is held: statements with the movements since, valued at the last price and rate."""

import math
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from src.features.definitions.conditions import Filter
from src.features.definitions.state import Holding
from tests.support.features.oracles.arithmetic import herfindahl
from tests.support.features.oracles.seen import DAY, NAN, Row, Seen, known


class Holdings(Seen):
    """Figures of holdings."""

    def holdings(self, lag: int = 0) -> list[tuple[str | None, str | None, int, int, str | None]]:
        """(product, asset class, grade, value in minor units, gap) of all that is held."""
        statements: dict[tuple[str, str | None], Row] = {}
        for row in sorted(
            self.tables.get("balances", []), key=lambda r: (r["as_of"], r["known_at"])
        ):
            if (
                row["customer_id"] == self.customer
                and row["as_of"] <= self.as_of
                and known(row, self.as_of)
            ):
                statements[row["account_id"] or "", row.get("product_id")] = row
        cash: int | None = None
        units: dict[str, float] = defaultdict(float)
        unsized: set[str] = set()
        stated_minor: dict[str, int] = defaultdict(int)
        older = self._statements_of_money(self.as_of - lag * DAY)
        for (account, product), row in statements.items():
            if product is None:
                cash = (cash or 0) + older.get(account, row)["amount_minor"]
            else:
                units[product] += row["quantity"] or 0
                if row["quantity"] is None:
                    stated_minor[product] += row["amount_minor"]
        for row in self.events("transactions"):
            account, at = row["account_id"] or "", row["occurred_at"]
            back = -1 if at >= self.as_of - lag * DAY and lag else 0
            stated = statements.get((account, None))
            fresh = stated is None or at >= stated["as_of"]
            times = int(fresh) + back
            if account in older:
                times = int(older[account]["as_of"] <= at and not back)
            cash = (cash or 0) + times * row["amount_minor"]
            if row.get("product_id"):
                stated = statements.get((account, row["product_id"]))
                fresh = stated is None or at >= stated["as_of"]
                units[row["product_id"]] += (int(fresh) + back) * (row["quantity"] or 0)
                unmoving = row["kind"] in ("fee", "interest", "dividend")
                if fresh and row["quantity"] is None and not unmoving:
                    unsized.add(row["product_id"])
        held = [] if cash is None else [(None, "cash", 1, cash, None)]
        for product, quantity in units.items():
            at = self.as_of - lag * DAY
            worth = self._worth(product, quantity, stated_minor[product], at)
            held.append((*worth[:4], "unknown_quantity") if product in unsized else worth)
        if self._lacks_rows(statements):
            held.append((None, "cash", 1, 0, "rejected_rows"))
        return held

    def _lacks_rows(self, statements: Mapping[tuple[str, str | None], Row]) -> bool:
        """Whether rows that no statement covers were put aside."""
        for row in self.events("rejected", "happened_at"):
            account, product = row["account_id"] or "", row["product_id"]
            changed = {"transactions": {None, product}, "balances": {product}}
            for each in changed.get(row["meant_for"], set()):
                stated = statements.get((account, each))
                if stated is None or row["happened_at"] >= stated["as_of"]:
                    return True
        return False

    def _statements_of_money(self, by: datetime) -> dict[str, Row]:
        """By account, the latest statement of plain money that was there at an instant."""
        rows = [
            row
            for row in self.tables.get("balances", [])
            if row["customer_id"] == self.customer
            and row.get("product_id") is None
            and row["as_of"] <= by
            and known(row, self.as_of)
        ]
        rows.sort(key=lambda row: (row["as_of"], row["known_at"]))
        return {row["account_id"] or "": row for row in rows}

    def _worth(
        self, name: str, units: float, stated_minor: int, at: datetime
    ) -> tuple[str, str | None, int, int, str | None]:
        product = self.products.get(name)
        if product is None:
            return name, None, 1, 0, "unknown_product" if units or stated_minor else None
        kind, grade = product["asset_class"], product["risk_grade"]
        price = self.price(name, at)
        if price is None and kind in ("cash", "deposit", "insurance", "loan"):
            price = 1.0
        rate = self.last("fx_rates", "currency", product["currency"], at, "rate")
        if units == 0:
            return name, kind, grade, stated_minor, None
        if price is None or rate is None:
            return name, kind, grade, 0, "no_price" if price is None else "no_rate"
        worth = units * price * rate * 100
        minor = int(math.copysign(math.floor(abs(worth) + 0.5), worth))
        gap = "no_statement" if units < 0 and kind != "loan" else None
        return name, kind, grade, minor + stated_minor, gap

    def _holding(self, d: Holding) -> float:
        held = self.holdings(d.days or 0)
        if d.how in ("value", "value_before"):
            return sum(h[3] for h in held if self._held_matches(h, d.only)) / 100
        if not held:
            return 0 if d.how == "products" else NAN
        if d.how == "complete":
            return float(all(h[4] is None for h in held))
        if d.how == "products":
            return sum(1 for h in held if h[0] and h[3] and self._held_matches(h, d.only))
        parts = [max(h[3], 0) for h in held]
        total = sum(parts)
        if d.how == "share":
            kept = sum(max(h[3], 0) for h in held if self._held_matches(h, d.only))
            return kept / total if total else NAN
        if d.how in ("grade", "grade_before"):
            parts = [
                part if self._held_matches(h, d.only) else 0
                for part, h in zip(parts, held, strict=True)
            ]
            total = sum(parts)
            return sum(p * h[2] for p, h in zip(parts, held, strict=True)) / total if total else NAN
        if d.how == "class_herfindahl":
            classes: dict[str, int] = defaultdict(int)
            for h in held:
                classes[h[1]] += h[3]
            parts = [max(value, 0) for value in classes.values()]
        return herfindahl(parts)

    @staticmethod
    def _held_matches(h: tuple[Any, ...], only: Filter | None) -> bool:
        if only is None:
            return True
        if only.asset_classes and h[1] not in only.asset_classes:
            return False
        low, high = only.min_grade or 0, only.max_grade or 9
        return low <= h[2] <= high
