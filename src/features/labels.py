"""Labels: the only file that looks forward, as_of <= event < as_of + horizon.

What came is read with hindsight: a movement that became known late, or was corrected, counts by
when it happened. Who is eligible at as_of follows from what was known then.
"""

from collections.abc import Mapping
from typing import Any, Literal

import ibis
import ibis.expr.types as ir

from src.core.errors import FeatureError, nearest
from src.core.ledger import Ledger, with_hindsight
from src.core.money import MINOR_PER_UNIT
from src.core.taxonomy import Taxonomy
from src.features.assets import asset_size
from src.features.plan import Rows, fetched, given
from src.features.recent import is_unasked
from src.features.spine import customer_ends, data_period, sorted_spine
from src.features.windows import (
    age,
    days_later,
    in_window,
    is_ahead,
    is_observed,
    is_visible,
    moment,
    until,
)

KEYS = ["customer_id", "as_of"]


def build_labels(
    ledger: Ledger,
    spine: Rows,
    task: str,
    taxonomy: Taxonomy,
    ends: Literal["together", "by_customer"] = "together",
) -> Rows:
    """(customer_id, as_of, label): label int64, index into taxonomy.classes(task), sorted.

    Only the spine's rows that are eligible and whose window [as_of, as_of + horizon) ends within
    the data. Where the source delivers labels of the task, they alone count, whatever the window:
    its definition of the target is not ours to mix with.
    ends: "by_customer" where the source cuts each customer's record at a time of its own, so that
    silence after a customer's last movement or statement is not behaviour.
    A spine that is a table of the engine, with a column row, gives labels that are one as well.
    Raises FeatureError on duplicate spine rows or a delivered label that is no class.
    """
    if isinstance(spine, ir.Table):
        return _labels(ledger, spine, task, taxonomy, ends)
    keys = given(ledger, "label_spine", sorted_spine(spine).rename_axis("row").reset_index())
    labels = fetched(ledger, _labels(ledger, keys, task, taxonomy, ends))
    typed = labels.astype({"customer_id": "str", "as_of": "datetime64[us]", "label": "int64"})
    return typed.sort_values(["as_of", "customer_id"], ignore_index=True)


def _labels(
    ledger: Ledger,
    keys: ir.Table,
    task: str,
    taxonomy: Taxonomy,
    ends: Literal["together", "by_customer"],
) -> ir.Table:
    """The same of a spine (row, customer_id, as_of) of the engine."""
    if _delivers(ledger, task, taxonomy.classes(task)):
        labelled = _delivered(ledger, keys, task, taxonomy.classes(task))
    else:
        observed = _observed(ledger, keys, taxonomy.horizon_days(task), ends)
        of_task = {"risk_appetite": _risk_appetite, "value_tier": _value_tier, "churn": _churn}
        labelled = of_task[task](ledger, observed, taxonomy)
    label = labelled.select("row", label=labelled.label.cast("int64"))
    return keys.join(label, "row").select(*KEYS, "label")


def _observed(
    ledger: Ledger, keys: ir.Table, days: int, ends: Literal["together", "by_customer"]
) -> ir.Table:
    """The rows of `keys` whose `days` ahead are all in the data."""
    if ends == "by_customer":
        ending = keys.join(customer_ends(ledger), "customer_id")
    else:
        ending = keys.mutate(ends=moment(data_period(ledger)[1]))
    return ending.filter(is_observed(ending["as_of"], days, ending.ends)).select(keys.columns)


def _delivers(ledger: Ledger, task: str, classes: tuple[str, ...]) -> bool:
    """Whether the source brings labels of this task along. Raises FeatureError on a wrong one."""
    labels = with_hindsight(ledger)["labels"]
    found = fetched(ledger, labels.filter(labels.task == task).select("label").distinct())
    for name in found["label"]:
        if name not in classes:
            raise FeatureError(
                f"labels: {name!r} is no class of {task}. {nearest(str(name), classes)}"
            )
    return not found.empty


def _delivered(ledger: Ledger, keys: ir.Table, task: str, classes: tuple[str, ...]) -> ir.Table:
    """The source's own labels of this task at the spine's rows."""
    labels = with_hindsight(ledger)["labels"]
    told = keys.join(labels.filter(labels.task == task).select(*KEYS, "label"), KEYS)
    return told.mutate(label=_number(told.label, {name: i for i, name in enumerate(classes)}))


def _number(value: ir.Value, numbers: Mapping[Any, int]) -> ir.IntegerValue:
    """The number that a value stands for; null if for none."""
    found = [(value == name, number) for name, number in numbers.items()]
    return ibis.cases(*found, else_=ibis.null("int64"))


def _risk_appetite(ledger: Ledger, keys: ir.Table, taxonomy: Taxonomy) -> ir.Table:
    """The class of the next questionnaire within the horizon; rows without one have no label."""
    policy = taxonomy.risk_appetite
    joined = keys.join(with_hindsight(ledger)["questionnaires"], "customer_id")
    ahead = joined.filter(is_ahead(joined["as_of"], joined.completed_at, policy.horizon_days))
    following = ahead.group_by("row").aggregate(level=ahead.risk_level.argmin(ahead.completed_at))
    of_level = {level: i for i, c in enumerate(policy.classes) for level in c.levels}
    labelled = following.mutate(label=_number(following["level"], of_level))
    return labelled.filter(labelled.label.notnull())


def _value_tier(ledger: Ledger, keys: ir.Table, taxonomy: Taxonomy) -> ir.Table:
    """The tier of customer asset size at the horizon's end, where all of it could be valued."""
    policy = taxonomy.value_tier
    then = _assets_at(with_hindsight(ledger), keys, policy.horizon_days)
    reached = [
        (then.asset_minor >= tier.from_units * MINOR_PER_UNIT).cast("int64")
        for tier in policy.tiers[1:]
    ]
    return then.filter(then.complete).mutate(label=sum(reached[1:], start=reached[0]))


def _churn(ledger: Ledger, keys: ir.Table, taxonomy: Taxonomy) -> ir.Table:
    """1 where assets fell by the share and the customer started nothing in the last days.

    Eligible: assets of at least the minimum known at as_of, and a movement that the customer
    started in the active_days before, known by then; asset sizes complete, also with hindsight.
    """
    policy, hindsight = taxonomy.churn, with_hindsight(ledger)
    known = _assets_at(ledger, keys, 0)
    enough = known.asset_minor >= policy.minimum_assets_units * MINOR_PER_UNIT
    seen = keys.join(_started(ledger), "customer_id")
    as_of, occurred = seen["as_of"], seen.occurred_at
    before = seen.filter(
        is_visible(as_of, occurred, seen.known_at, until(seen.known_until)),
        in_window(age(as_of, occurred), policy.active_days),
    )
    came = keys.join(_started(hindsight), "customer_id")
    last_days = days_later(came["as_of"], policy.horizon_days - policy.inactive_days)
    late = came.filter(is_ahead(last_days, came.occurred_at, policy.inactive_days))
    now, then = _assets_at(hindsight, keys, 0), _assets_at(hindsight, keys, policy.horizon_days)
    eligible = known.filter(enough, known.complete).select("row").semi_join(before, "row")
    both = now.filter(now.complete).join(then.filter(then.complete), "row", rname="{name}_then")
    both = both.semi_join(eligible, "row").left_join(
        late.select("row").distinct().mutate(stirred=True), "row", rname="{name}_late"
    )
    lost = both.asset_minor_then <= (1 - policy.asset_loss_share) * both.asset_minor
    return both.mutate(label=(lost & both.stirred.isnull()).cast("int64"))


def _started(ledger: Ledger) -> ir.Table:
    """The movements that customers started themselves."""
    moves = ledger["transactions"]
    kept = moves.filter(~is_unasked(moves))
    return kept.select("customer_id", "occurred_at", "known_at", "known_until")


def _assets_at(ledger: Ledger, keys: ir.Table, days: int) -> ir.Table:
    """(row, asset_minor, complete): customer asset size `days` after as_of."""
    then = keys.mutate(as_of=days_later(keys["as_of"], days))
    return asset_size(ledger, then).select("row", "asset_minor", "complete")
