"""What every kind of feature should be, in slow and obvious Python over lists of rows."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from src.features.definitions.conditions import Filter
from src.features.definitions.derived import Difference, Mix, Ratio
from src.features.definitions.events import Periodic, Recency, Windowed
from src.features.definitions.state import BalancePath, Holding, Imputed, Profile, Questionnaire

Row = Mapping[str, Any]
NAN = math.nan
DAY = timedelta(days=1)


def known(row: Row, as_of: datetime) -> bool:
    """Learned before as_of, and not yet replaced or withdrawn then."""
    end = row.get("known_until")
    return row["known_at"] < as_of and (end is None or end >= as_of)


class Oracle:
    """The features of one customer at one instant."""

    def __init__(self, tables: Mapping[str, Sequence[Row]], customer: str, as_of: datetime) -> None:
        self.tables, self.customer, self.as_of = tables, customer, as_of
        self.products = {
            row["product_id"]: row
            for row in sorted(tables.get("products", []), key=lambda row: row["known_at"])
            if known(row, as_of)
        }

    def value(self, d: Any) -> float:
        return getattr(self, f"_{d.kind}")(d)

    def _events(self, table: str, column: str = "occurred_at") -> list[Row]:
        return [
            row
            for row in self.tables.get(table, [])
            if row["customer_id"] == self.customer
            and row[column] < self.as_of
            and known(row, self.as_of)
        ]

    def _kept(self, table: str, measure: str, only: Filter | None) -> list[tuple[Row, float]]:
        pairs = []
        for row in self._events(table):
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
            (product.get("asset_class"), only.asset_classes),
        ):
            if allowed and column not in allowed:
                return False
        if only.min_grade is not None and not product.get("risk_grade", 0) >= only.min_grade:
            return False
        if only.after is None:
            return True
        change = self._return(row)
        return change is not None and (change <= -0.03 if only.after == "fall" else change >= 0.03)

    def _return(self, row: Row) -> float | None:
        if row["kind"] not in ("buy", "sell") or not row.get("product_id"):
            return None
        at = row["occurred_at"]
        now = self._price(row["product_id"], at)
        then = self._price(row["product_id"], at - 30 * DAY)
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

    def _sums(self, measure: str, only: Filter | None, periods: int) -> list[int]:
        """Sums of the 30-day periods, newest first, in minor units or rows."""
        sums = [0] * periods
        for row, value in self._kept("transactions", measure, only):
            for k in range(periods):
                start = self.as_of - 30 * (k + 1) * DAY
                if start <= row["occurred_at"] < start + 30 * DAY:
                    sums[k] += int(value)
        return sums

    def _periodic(self, d: Periodic) -> float:
        sums = self._sums(d.measure, d.only, d.periods)
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

    def _balance_path(self, d: BalancePath) -> float:
        held = self.holdings()
        if not held:
            return NAN
        path = [sum(minor for product, _, _, minor, _ in held if product is None)]
        for moved in self._sums("net", None, d.periods):
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

    def _price(self, product: str, before: datetime) -> float | None:
        return self._last("prices", "product_id", product, before, "close")

    def _last(self, table: str, key: str, name: str, before: datetime, level: str) -> float | None:
        seen = [
            row
            for row in self.tables.get(table, [])
            if row[key] == name and row["date"] < before and known(row, before)
        ]
        return max(seen, key=lambda row: (row["date"], row["known_at"]))[level] if seen else None

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
        for row in self._events("transactions"):
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
        for row in self._events("rejected", "happened_at"):
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
        price = self._price(name, at)
        if price is None and kind == "loan":
            price = 1.0
        rate = self._last("fx_rates", "currency", product["currency"], at, "rate")
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
        if d.how == "grade":
            return sum(p * h[2] for p, h in zip(parts, held, strict=True)) / total if total else NAN
        if d.how == "class_herfindahl":
            classes: dict[str, int] = defaultdict(int)
            for h in held:
                classes[h[1]] += h[3]
            parts = [max(value, 0) for value in classes.values()]
        return herfindahl(parts)

    @staticmethod
    def _held_matches(h: tuple[Any, ...], only: Filter | None) -> bool:
        return only is None or not only.asset_classes or h[1] in only.asset_classes

    def _version(self) -> Row | None:
        versions = [
            row
            for row in self.tables["customers"]
            if row["customer_id"] == self.customer and known(row, self.as_of)
        ]
        return max(versions, key=lambda version: version["known_at"]) if versions else None

    def _imputed(self, d: Imputed) -> float:
        row = self._version()
        return NAN if row is None else float(d.column in (row.get("imputed") or "").split(","))

    def _profile(self, d: Profile) -> float:
        row = self._version()
        if row is None:
            return NAN
        if d.field == "is_company":
            return float(row["kind"] == "company")
        source = {"age_years": "birth_date", "tenure_years": "joined_on"}.get(d.field, d.field)
        value = row.get(source)
        if value is None:
            return NAN
        return (self.as_of - value) / DAY / 365.25 if source != d.field else float(value)

    def _questionnaire(self, d: Questionnaire) -> float:
        rows = sorted(
            self._events("questionnaires", "completed_at"),
            key=lambda row: (row["completed_at"], row["known_at"]),
        )
        if d.how == "count":
            return len(rows)
        if not rows or (d.how == "change" and len(rows) < 2):
            return NAN
        if d.how == "level":
            return rows[-1]["risk_level"]
        if d.how == "change":
            return rows[-1]["risk_level"] - rows[-2]["risk_level"]
        if d.how == "age_days":
            return (self.as_of - rows[-1]["completed_at"]) / DAY
        until = rows[-1].get("valid_until")
        return NAN if until is None else (until - self.as_of) / DAY


def derived(d: Ratio | Difference | Mix, values: Mapping[str, float]) -> float:
    """A ratio, difference or mix of values already known."""
    if isinstance(d, Ratio):
        below = values[d.denominator]
        return values[d.numerator] / below * d.scale if below else NAN
    if isinstance(d, Difference):
        return values[d.left] - values[d.right]
    parts = [0.0 if math.isnan(values[name]) else max(values[name], 0.0) for name in d.parts]
    return sum(1 for part in parts if part > 0) if d.how == "used" else herfindahl(parts)


def herfindahl(parts: Sequence[float]) -> float:
    total = sum(parts)
    return sum((part / total) ** 2 for part in parts) if total else NAN


def slope(oldest_first: Sequence[float]) -> float:
    """Ordinary least squares against 0, 1, 2, …"""
    n = len(oldest_first)
    x_mean, y_mean = (n - 1) / 2, sum(oldest_first) / n
    above = sum((x - x_mean) * (y - y_mean) for x, y in enumerate(oldest_first))
    return above / sum((x - x_mean) ** 2 for x in range(n))
