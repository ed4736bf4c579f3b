"""Labels: the only file that looks forward, as_of <= event < as_of + horizon.

What came is read with hindsight: a movement that became known late, or was corrected, counts by
when it happened. Who is eligible at as_of follows from what was known then.
"""

from typing import Literal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

from src.core.errors import FeatureError, nearest
from src.core.ledger import Ledger, with_hindsight
from src.core.money import MINOR_PER_UNIT
from src.core.taxonomy import Taxonomy
from src.features.assets import asset_size
from src.features.plan import fetched
from src.features.recent import is_unasked
from src.features.spine import customer_ends, data_period, sorted_spine
from src.features.windows import (
    age,
    days_later,
    in_window,
    is_ahead,
    is_observed,
    is_visible,
    shifted,
    until,
)

KEYS = ["customer_id", "as_of"]


def build_labels(
    ledger: Ledger,
    spine: pd.DataFrame,
    task: str,
    taxonomy: Taxonomy,
    ends: Literal["together", "by_customer"] = "together",
) -> pd.DataFrame:
    """(customer_id, as_of, label): label int64, index into taxonomy.classes(task), sorted.

    Only the spine's rows that are eligible and whose window [as_of, as_of + horizon) ends within
    the data. Where the source delivers labels of the task, they alone count, whatever the window:
    its definition of the target is not ours to mix with.
    ends: "by_customer" where the source cuts each customer's record at a time of its own, so that
    silence after a customer's last movement or statement is not behaviour.
    Raises FeatureError on duplicate spine rows or a delivered label that is no class.
    """
    keys = sorted_spine(spine)
    delivered = _delivered(ledger, keys, task, taxonomy.classes(task))
    if delivered is not None:
        return _sorted(delivered)
    horizon = taxonomy.horizon_days(task)
    if ends == "by_customer":
        end = keys["customer_id"].map(customer_ends(ledger))
    else:
        end = pd.Series(data_period(ledger)[1], index=keys.index)
    observed = keys[is_observed(keys["as_of"], horizon, end)]
    if task == "risk_appetite":
        return _sorted(_risk_appetite(ledger, observed, taxonomy))
    if task == "value_tier":
        return _sorted(_value_tier(ledger, observed, taxonomy))
    return _sorted(_churn(ledger, observed, taxonomy))


def _sorted(labelled: pd.DataFrame) -> pd.DataFrame:
    typed = labelled[[*KEYS, "label"]].astype({"label": "int64"})
    return typed.sort_values(["as_of", "customer_id"], ignore_index=True)


def _delivered(
    ledger: Ledger, keys: pd.DataFrame, task: str, classes: tuple[str, ...]
) -> pd.DataFrame | None:
    """The source's own labels of this task at the spine's rows; None if it delivers none."""
    labels = with_hindsight(ledger)["labels"]
    found = fetched(ledger, labels.filter(labels.task == task).select(*KEYS, "label"))
    if found.empty:
        return None
    for name in found["label"].unique():
        if name not in classes:
            raise FeatureError(
                f"labels: {name!r} is no class of {task}. {nearest(str(name), classes)}"
            )
    found["label"] = found["label"].map({name: i for i, name in enumerate(classes)})
    found["as_of"] = found["as_of"].astype("datetime64[us]")
    found["customer_id"] = found["customer_id"].astype("str")
    merged: pd.DataFrame = keys.merge(found, on=KEYS, how="inner", validate="one_to_one")
    return merged


def _risk_appetite(ledger: Ledger, keys: pd.DataFrame, taxonomy: Taxonomy) -> pd.DataFrame:
    """The class of the next questionnaire within the horizon; rows without one have no label."""
    policy = taxonomy.risk_appetite
    joined = _beside(keys, with_hindsight(ledger)["questionnaires"])
    ahead = joined.filter(is_ahead(joined["as_of"], joined.completed_at, policy.horizon_days))
    following = ahead.group_by("row").aggregate(level=ahead.risk_level.argmin(ahead.completed_at))
    rows = fetched(ledger, following).set_index("row")
    of_level = {level: i for i, c in enumerate(policy.classes) for level in c.levels}
    label = rows["level"].map(of_level).dropna()
    found: pd.DataFrame = keys.loc[label.index].assign(label=label)
    return found


def _value_tier(ledger: Ledger, keys: pd.DataFrame, taxonomy: Taxonomy) -> pd.DataFrame:
    """The tier of customer asset size at the horizon's end, where all of it could be valued."""
    policy = taxonomy.value_tier
    then = _assets_at(with_hindsight(ledger), keys, policy.horizon_days)
    borders = [tier.from_units * MINOR_PER_UNIT for tier in policy.tiers]
    tier = np.searchsorted(borders, then["asset_minor"], side="right") - 1
    return keys.assign(label=np.maximum(tier, 0))[then["complete"].to_numpy()]


def _churn(ledger: Ledger, keys: pd.DataFrame, taxonomy: Taxonomy) -> pd.DataFrame:
    """1 where assets fell by the share and the customer started nothing in the last days.

    Eligible: assets of at least the minimum known at as_of, and a movement that the customer
    started in the active_days before, known by then; asset sizes complete, also with hindsight.
    """
    policy, hindsight = taxonomy.churn, with_hindsight(ledger)
    known = _assets_at(ledger, keys, 0)
    enough = known["asset_minor"] >= policy.minimum_assets_units * MINOR_PER_UNIT
    seen = _beside(keys, _started(ledger))
    as_of, occurred = seen["as_of"], seen.occurred_at
    before = seen.filter(
        is_visible(as_of, occurred, seen.known_at, until(seen.known_until)),
        in_window(age(as_of, occurred), policy.active_days),
    )
    active = _rows_of(ledger, before, keys)
    came = _beside(keys, _started(hindsight))
    last_days = days_later(came["as_of"], policy.horizon_days - policy.inactive_days)
    late = came.filter(is_ahead(last_days, came.occurred_at, policy.inactive_days))
    now, then = _assets_at(hindsight, keys, 0), _assets_at(hindsight, keys, policy.horizon_days)
    lost = then["asset_minor"] <= (1 - policy.asset_loss_share) * now["asset_minor"]
    churned = lost.to_numpy() & ~_rows_of(ledger, late, keys)
    whole = known["complete"] & now["complete"] & then["complete"]
    return keys.assign(label=churned.astype("int64"))[(enough & whole).to_numpy() & active]


def _started(ledger: Ledger) -> ir.Table:
    """The movements that customers started themselves."""
    moves = ledger["transactions"]
    kept = moves.filter(~is_unasked(moves))
    return kept.select("customer_id", "occurred_at", "known_at", "known_until")


def _assets_at(ledger: Ledger, keys: pd.DataFrame, days: int) -> pd.DataFrame:
    """Customer asset size `days` after as_of, in the order of `keys`."""
    then = pd.DataFrame({"customer_id": keys["customer_id"], "as_of": shifted(keys["as_of"], days)})
    return asset_size(ledger, then).set_index(keys.index)


def _beside(keys: pd.DataFrame, events: ir.Table) -> ir.Table:
    """Each spine row (row, as_of) beside all events of its customer."""
    spine = ibis.memtable(
        pa.Table.from_pandas(keys.rename_axis("row").reset_index(), preserve_index=False)
    )
    return spine.join(events, "customer_id")


def _rows_of(
    ledger: Ledger, joined: ir.Table, keys: pd.DataFrame
) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """True for each spine row that `joined` has."""
    rows = fetched(ledger, joined.select("row").distinct())["row"]
    return keys.index.isin(rows)
