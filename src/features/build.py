"""The one door to features: training, batch scoring and the endpoint all call build_features."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from src.core.ledger import Ledger, MemoryLedger
from src.features.aggregates import aggregate_events
from src.features.assets import holdings
from src.features.daily import daily_figures
from src.features.definitions.events import Periodic, Recency, Windowed
from src.features.definitions.market import Market, Position, Trades
from src.features.definitions.recent import DailyCash, Recurring, Rhythm, Timing, Variety
from src.features.definitions.state import (
    BalancePath,
    Coded,
    Holding,
    Imputed,
    Profile,
    Questionnaire,
)
from src.features.derived import derived_figure, layers
from src.features.holding_features import holding_figures, lags_of
from src.features.market import market_figures
from src.features.periods import period_figures
from src.features.plan import Plan
from src.features.profile import profile_figures, questionnaire_figures
from src.features.recent import recent_moves, timing_figures
from src.features.run import run_over_spine, run_slices
from src.features.spec import FeatureSpec
from src.features.stored import rows_schema
from src.features.streams import stream_figures
from src.features.trades import trade_figures, traded_products
from src.features.wide import side_by_side

# What is 0, not unknown, for a customer without any visible event.
_ZERO_WITHOUT_EVENTS = {
    Windowed: {"sum", "count"},
    Periodic: {"active", "std", "slope"},
    Recurring: {"streams", "mean"},
    Variety: {"distinct"},
    Rhythm: {"active"},
    Trades: {"new_products", "new_classes"},
    Holding: {"value", "value_before", "products"},
    Questionnaire: {"count"},
}


def build_features(
    ledger: Ledger | MemoryLedger, spine: pd.DataFrame, spec: FeatureSpec
) -> pd.DataFrame:
    """The features of `spec` for each row of `spine` (customer_id, as_of), at that instant.

    Returns customer_id, as_of and spec.names (float64, NaN = unknown), sorted by as_of,
    customer_id: exactly the spine's rows. A customer without history gets zeros and NaN.
    Raises FeatureError on duplicate spine rows or duplicate keys in a table.
    """
    built: pd.DataFrame = run_over_spine(
        ledger, spine, _key(spec), lambda plan: feature_query(plan, spec)
    )
    return built


def build_slices(
    ledger: Ledger, slices: Sequence[pd.DataFrame], spec: FeatureSpec
) -> Iterator[tuple[datetime, pa.Table]]:
    """What `build_features` returns of a spine that is larger than this process's memory: of each
    of its slices (src/features/spine_file.py) the rows of one instant after the other, by
    customer_id.
    """
    schema = rows_schema(spec)
    keys = pa.schema(list(schema)[:2])
    parts = run_slices(ledger, slices, _key(spec), lambda plan: feature_query(plan, spec))
    for rows, part in parts:
        place_of_row = np.argsort(part["row"].to_numpy())
        for as_of, places in rows.groupby("as_of").indices.items():
            instant = pd.Timestamp(as_of)  # type: ignore[arg-type]  # a timestamp it is
            told = pa.Table.from_pandas(rows.iloc[places][keys.names], keys, preserve_index=False)
            found = part.take(place_of_row[places])
            yield (
                instant.to_pydatetime(),
                pa.Table.from_arrays([*told.columns, *found.columns[1:]], schema=schema),
            )


def _key(spec: FeatureSpec) -> tuple[str, str]:
    return "features", spec.digest


def feature_query(plan: Plan, spec: FeatureSpec) -> ir.Table:
    """The spec as one Ibis expression: (row, *spec.names), one row per row of the spine."""
    definitions = [feature.definition for feature in spec.ordered]
    zeros = {
        d.name
        for d in definitions
        if getattr(d, "how", None) in _ZERO_WITHOUT_EVENTS.get(type(d), set())
    }
    wide = side_by_side(plan, _parts(plan, definitions), zeros)
    for layer in layers(definitions):
        wide = wide.mutate(**{d.name: derived_figure(wide, d) for d in layer})
    return wide.select("row", *spec.names)


def _parts(plan: Plan, definitions: Sequence[Any]) -> list[ir.Table]:
    """The spine-keyed tables that hold the definitions' figures, one per kind of computation."""
    parts = []
    for table in ("transactions", "interactions"):
        events = [d for d in _of(definitions, Windowed, Recency) if d.table == table]
        if events:
            parts.append(aggregate_events(plan, table, events))
    held, cash = _held_parts(plan, definitions)
    parts += held
    if periodic := _of(definitions, Periodic, BalancePath):
        parts += period_figures(plan, periodic, cash)
    parts += _recent_parts(plan, definitions, cash)
    if profile := _of(definitions, Profile, Coded, Imputed):
        parts.append(profile_figures(plan, profile))
    if declared := _of(definitions, Questionnaire):
        parts.append(questionnaire_figures(plan, declared))
    return parts


def _held_parts(plan: Plan, definitions: Sequence[Any]) -> tuple[list[ir.Table], ir.Table | None]:
    """Figures of what is held, priced and traded; (row, cash_minor) where a cash path needs it."""
    parts, record, cash = [], None, None
    positions, trades = _of(definitions, Position), _of(definitions, Trades)
    if positions or trades:
        record = traded_products(plan, sorted({d.days for d in trades if d.days}))
    if trades and record is not None:
        parts.append(trade_figures(plan, record, trades))
    if priced := _of(definitions, Market, Position, Holding, BalancePath, DailyCash):
        sizes, market = _of(priced, Holding), _of(priced, Market)
        quoted = sorted({lag for d in market for lag in d.lags})
        held = holdings(plan, lags_of(sizes), quoted)
        figures = holding_figures(plan, held, sizes)
        cash = figures.select("row", "cash_minor")
        parts.append(figures.drop("cash_minor"))
        if market or positions:
            parts.append(market_figures(plan, held, [*market, *positions], record))
    return parts, cash


def _recent_parts(plan: Plan, definitions: Sequence[Any], cash: ir.Table | None) -> list[ir.Table]:
    """Figures of the shape of the last months, all from one pass over them."""
    parts: list[ir.Table] = []
    streams, daily = _of(definitions, Recurring, Variety), _of(definitions, Rhythm, DailyCash)
    timings = _of(definitions, Timing)
    if not (streams or daily or timings):
        return parts
    recent = recent_moves(plan, max(d.days for d in (*streams, *daily, *timings)))
    if streams:
        parts += stream_figures(plan, recent, streams)
    if daily:
        parts += daily_figures(plan, recent, daily, cash)
    if timings:
        parts.append(timing_figures(plan, recent, timings))
    return parts


def _of(definitions: Sequence[Any], *kinds: Any) -> list[Any]:
    return [d for d in definitions if isinstance(d, kinds)]
