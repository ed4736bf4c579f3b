"""The figures of src/features/holding_features.py along what is held, sorted by spine row."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from src.features.aggregates import MINOR_PER_UNIT
from src.features.definitions.conditions import Filter
from src.features.definitions.state import Holding
from src.features.exact import Floats, group_sums
from src.features.sorted_rows import Flags, Ints, codes_of, ints, is_among, valid


class Held:
    """Rows of src/features/assets.holdings by spine row: `begins` tells where each begins."""

    def __init__(self, held: pa.Table) -> None:
        rows = ints(held["row"])
        if not (rows[1:] >= rows[:-1]).all():
            order = np.argsort(rows, kind="stable")
            held, rows = held.take(pa.array(order)), rows[order]
        self.row, self.begins = np.unique(rows, return_index=True)
        self._held = held
        self.minor = ints(held["minor"])
        self.assets = np.maximum(self.minor, 0)
        self.of_product = self.has("product_id")
        self.grade = np.where(self.has("risk_grade"), ints(held["risk_grade"]), 1)
        self._classes, names = codes_of(held["asset_class"])
        self._n_classes = len(names) + 1

    def has(self, column: str) -> Flags:
        """Where the column is not empty."""
        known = valid(self._held[column])
        return np.ones(len(self._held), dtype=bool) if known is None else known

    def minor_of(self, days: int | None) -> Ints:
        """The value so many days before; now for None."""
        return ints(self._held[f"before{days}"]) if days else self.minor

    def matches(self, only: Filter | None) -> Flags:
        """Where the filter holds, as src/features/holding_features.py says."""
        kept = np.ones(len(self._held), dtype=bool)
        if only is not None and only.asset_classes:
            kept &= is_among(self._held["asset_class"], only.asset_classes)
        if only is not None and only.min_grade is not None:
            kept &= self.has("risk_grade") & (self.grade >= only.min_grade)
        if only is not None and only.max_grade is not None:
            kept &= self.has("risk_grade") & (self.grade <= only.max_grade)
        return kept

    def total(self, values: Ints, factors: Ints | None = None) -> Floats:
        """Sums by spine row."""
        return group_sums(values, self.begins, factors)

    def herfindahl(self, parts: Ints) -> Floats:
        """Sum of squared shares (Herfindahl, 1950) by spine row; NaN where all is nothing."""
        total = self.total(parts)
        return _ratio(self.total(parts, parts), total * total)

    def by_class(self) -> Floats:
        """The same of the asset classes."""
        place = np.repeat(np.arange(len(self.row)), np.diff(self.begins, append=len(self.minor)))
        cells = np.zeros((len(self.row), self._n_classes), dtype=np.int64)
        np.add.at(cells, (place, self._classes), self.minor)
        parts = np.maximum(cells, 0).ravel()
        begins = np.arange(len(self.row)) * self._n_classes
        total = group_sums(parts, begins)
        return _ratio(group_sums(parts, begins, parts), total * total)


def held_figures(held: pa.Table, definitions: Sequence[Holding]) -> pa.Table:
    """(row, cash_minor, one float64 column per definition) for the rows that hold anything."""
    rows = Held(held)
    columns: dict[str, pa.Array | NDArray[np.int64]] = {
        "row": rows.row,
        "cash_minor": pa.array(rows.total(np.where(rows.of_product, 0, rows.minor))),
    }
    for d in definitions:
        figure = _figure(rows, d)
        columns[d.name] = pa.array(figure, mask=np.isnan(figure))
    return pa.table(columns)


def _figure(rows: Held, d: Holding) -> Floats:
    if d.how == "class_herfindahl":
        return rows.by_class()
    kept = rows.matches(d.only)
    if d.how in ("value", "value_before"):
        return rows.total(np.where(kept, rows.minor_of(d.days), 0)) / MINOR_PER_UNIT
    if d.how == "complete":
        return np.where(rows.total(rows.has("gap").astype(np.int64)) == 0.0, 1.0, 0.0)
    if d.how == "products":
        owned = rows.of_product & (rows.minor != 0) & kept
        return rows.total(owned.astype(np.int64))
    chosen = np.where(kept, rows.assets, 0)
    if d.how == "share":
        return _ratio(rows.total(chosen), rows.total(rows.assets))
    if d.how in ("grade", "grade_before"):
        chosen = np.where(kept, np.maximum(rows.minor_of(d.days), 0), 0)
        return _ratio(rows.total(chosen, rows.grade), rows.total(chosen))
    return rows.herfindahl(chosen)


def _ratio(part: Floats, whole: Floats) -> Floats:
    with np.errstate(all="ignore"):
        return np.where(whole == 0.0, np.nan, part / whole)
