"""What one customer's rows tell at an instant."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

Row = Mapping[str, Any]
NAN = math.nan
DAY = timedelta(days=1)


def known(row: Row, as_of: datetime) -> bool:
    """Learned before as_of, and not yet replaced or withdrawn then."""
    end = row.get("known_until")
    return row["known_at"] < as_of and (end is None or end >= as_of)


class Seen:
    """One customer at one instant."""

    def __init__(self, tables: Mapping[str, Sequence[Row]], customer: str, as_of: datetime) -> None:
        self.tables, self.customer, self.as_of = tables, customer, as_of
        self.products = {
            row["product_id"]: row
            for row in sorted(tables.get("products", []), key=lambda row: row["known_at"])
            if known(row, as_of)
        }

    def events(self, table: str, column: str = "occurred_at") -> list[Row]:
        return [
            row
            for row in self.tables.get(table, [])
            if row["customer_id"] == self.customer
            and row[column] < self.as_of
            and known(row, self.as_of)
        ]

    def price(self, product: str, before: datetime) -> float | None:
        return self.last("prices", "product_id", product, before, "close")

    def last(self, table: str, key: str, name: str, before: datetime, level: str) -> float | None:
        seen = [
            row
            for row in self.tables.get(table, [])
            if row[key] == name and row["date"] < before and known(row, before)
        ]
        return max(seen, key=lambda row: (row["date"], row["known_at"]))[level] if seen else None
