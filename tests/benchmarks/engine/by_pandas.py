"""The contender that a data scientist writes: pandas, a groupby per window and snapshot."""

import numpy as np
import pandas as pd

from src.features.definitions.derived import Difference, Mix, Ratio
from src.features.definitions.events import Recency, Windowed
from src.features.spec import FeatureSpec
from tests.benchmarks.engine.one_query_columns import is_zero_without_events

_FOREVER = pd.Timestamp("2200-01-01")
_DAY = pd.Timedelta(days=1)


def groupable(spec: FeatureSpec) -> FeatureSpec:
    """Windows and recencies over columns of the rows and their product, and figures over those."""
    said: set[str] = set()
    for feature in spec.ordered:
        d = feature.definition
        plain = isinstance(d, Windowed | Recency) and not (d.only and d.only.after)
        if plain or (isinstance(d, Ratio | Difference | Mix) and set(d.needs) <= said):
            said.add(feature.name)
    return spec.select([name for name in spec.names if name in said])


def features_by_pandas(
    tables: dict[str, pd.DataFrame], spine: pd.DataFrame, spec: FeatureSpec
) -> pd.DataFrame:
    """The features of the spine's rows, sorted by as_of, customer_id."""
    parts = []
    for as_of, rows in spine.groupby("as_of"):
        features = pd.DataFrame(index=pd.Index(rows["customer_id"], name="customer_id"))
        columns = {}
        for table in ("transactions", "interactions"):
            seen = _seen(tables[table], as_of)
            if table == "transactions":
                products = _seen(tables["products"].assign(occurred_at=pd.Timestamp(0)), as_of)
                wanted = products[["product_id", "asset_class", "risk_grade"]]
                seen = seen.merge(wanted, on="product_id", how="left")
            columns |= _of_table(seen, as_of, spec, table)
        for feature in spec.ordered:
            d = feature.definition
            if isinstance(d, Windowed | Recency):
                column = columns[d.name].reindex(features.index).astype("float64")
                features[d.name] = column.fillna(0.0) if is_zero_without_events(d) else column
            else:
                features[d.name] = _derived(features, d)
        parts.append(features.reset_index().assign(as_of=as_of))
    whole = pd.concat(parts).sort_values(["as_of", "customer_id"], ignore_index=True)
    return whole[["customer_id", "as_of", *spec.names]]


def _seen(rows: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    known = (rows["known_at"] < as_of) & (rows["known_until"].fillna(_FOREVER) >= as_of)
    return rows[known & (rows["occurred_at"] < as_of)]


def _of_table(
    seen: pd.DataFrame, as_of: pd.Timestamp, spec: FeatureSpec, table: str
) -> dict[str, pd.Series]:
    definitions = [f.definition for f in spec.ordered]
    chosen = [d for d in definitions if isinstance(d, Windowed | Recency) and d.table == table]
    columns = {}
    for days in sorted({getattr(d, "days", 0) for d in chosen}):
        inside = seen[seen["occurred_at"] >= as_of - days * _DAY] if days else seen
        for d in chosen:
            if getattr(d, "days", 0) == days:
                columns[d.name] = _grouped(inside, d, as_of)
    return columns


def _grouped(rows: pd.DataFrame, d: Windowed | Recency, as_of: pd.Timestamp) -> pd.Series:
    rows = rows[_kept(rows, d)]
    if isinstance(d, Recency):
        times = rows.groupby("customer_id")["occurred_at"]
        return (as_of - (times.max() if d.which == "last" else times.min())) / _DAY
    if d.how == "count":
        return rows.groupby("customer_id").size()
    values = rows["score"] if d.measure == "score" else rows["amount_minor"].abs() / 100
    if d.measure == "net":
        values = rows["amount_minor"] / 100
    return getattr(values.groupby(rows["customer_id"]), d.how)()


def _kept(rows: pd.DataFrame, d: Windowed | Recency) -> pd.Series:
    kept = pd.Series(True, index=rows.index)
    if d.measure == "inflow":
        kept &= rows["amount_minor"] > 0
    if d.measure == "outflow":
        kept &= rows["amount_minor"] < 0
    if d.measure == "score":
        kept &= rows["score"].notna()
    if d.only is None:
        return kept
    for column, allowed in (
        ("kind", d.only.kinds),
        ("channel", d.only.channels),
        ("category", d.only.categories),
        ("topic", d.only.topics),
        ("asset_class", d.only.asset_classes),
    ):
        if allowed:
            kept &= rows[column].isin(allowed)
    if d.only.min_grade:
        kept &= rows["risk_grade"] >= d.only.min_grade
    if d.only.max_grade:
        kept &= rows["risk_grade"] <= d.only.max_grade
    return kept


def _derived(features: pd.DataFrame, d: Ratio | Difference | Mix) -> pd.Series:
    if isinstance(d, Ratio):
        return features[d.numerator] / features[d.denominator].replace(0.0, np.nan) * d.scale
    if isinstance(d, Difference):
        return features[d.left] - features[d.right]
    parts = features[list(d.parts)].fillna(0.0).clip(lower=0.0)
    if d.how == "used":
        return (parts > 0).sum(axis=1).astype("float64")
    if d.how == "entropy":
        shares = parts.div(parts.sum(axis=1).replace(0.0, np.nan), axis=0)
        return -(shares * np.log(shares.where(shares > 0, 1.0))).sum(axis=1, skipna=False)
    return parts.pow(2).sum(axis=1) / parts.sum(axis=1).pow(2).replace(0.0, np.nan)
