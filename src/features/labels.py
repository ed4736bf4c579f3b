"""Labels: with src/features/ahead.py what alone looks forward, as_of <= event < as_of + horizon.

What came is read with hindsight: a movement that became known late, or was corrected, counts by
when it happened. Who is eligible at as_of follows from what was known then. Each row of the spine
gets a label or the reason why it has none.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir

from src.core.errors import FeatureError, nearest
from src.core.ledger import Ledger
from src.core.money import MINOR_PER_UNIT
from src.core.taxonomy import Taxonomy
from src.features.ahead import KEYS, NOTHING, Ahead, Ends, beside
from src.features.plan import Rows, fetched
from src.features.recent import is_unasked
from src.features.tiers import tier_of
from src.features.windows import (
    age,
    days_later,
    in_days,
    in_window,
    is_ahead,
    is_before,
    is_visible,
    until,
)

# Why a row has no label; the first that holds is told.
REASONS = (
    "not_delivered",
    "delivered_for_another_horizon",
    "told_before_the_window_ended",
    "assets_not_known",
    "assets_below_minimum",
    "inactive_before",
    "beyond_data_end",
    "beyond_customer_end",
    "no_questionnaire",
    "assets_incomplete_at_start",
    "assets_incomplete_at_end",
)


def build_labels(
    ledger: Ledger,
    spine: Rows,
    task: str,
    taxonomy: Taxonomy,
    ends: Ends = "together",
    days: int | None = None,
) -> Rows:
    """(customer_id, as_of, label): label int64, index into taxonomy.classes(task), sorted.

    Only the spine's rows that `Outcomes.of` gives a label. days: the horizon, else the one that the
    policy serves. A spine that is a table of the engine, with a column row, gives labels that are
    one as well. Raises FeatureError as Outcomes does.
    """
    return Outcomes(ledger, spine, taxonomy, ends).labels(task, days)


class Outcomes:
    """What came of the rows of a spine, and of those of which it can't be said, why.

    ends: "by_customer" where the source cuts each customer's record at a time of its own, so that
    silence after a customer's last movement or statement is not behaviour.
    """

    def __init__(
        self, ledger: Ledger, spine: Rows, taxonomy: Taxonomy, ends: Ends = "together"
    ) -> None:
        """spine: unique (customer_id, as_of); a table of the engine also has a column row.
        Raises FeatureError on duplicate rows."""
        self.ahead = Ahead(ledger, spine, ends)
        self._ledger, self._taxonomy = ledger, taxonomy
        self._in_process = not isinstance(spine, ir.Table)

    def of(self, task: str, days: int | None = None) -> ir.Table:
        """(row, customer_id, as_of, label, why) of every row of the spine: label int64, or why one
        of REASONS, never both.

        A window [as_of, as_of + days) that does not end within the data is refused. Where the
        source delivers labels of the task, they alone count: its definition of the target is not
        ours to mix with. Their horizon is the policy's, and one that was known before its window
        was over did not see all of it.
        Raises FeatureError on a delivered label that is no class, or of risk appetite.
        """
        horizon = self._taxonomy.horizon_days(task) if days is None else days
        of_task = {
            "risk_appetite": self._risk_appetite,
            "value_tier": self._value_tier,
            "churn": self._churn,
        }
        told = self._delivered if self.delivers(task) else of_task[task]
        found = beside(self.ahead.rows, told(task, horizon).select("row", "label", "why"))
        label = ibis.ifelse(found.why.isnull(), found.label, None).cast("int64")
        return self.ahead.kept(f"outcomes_{task}_{horizon}", found.mutate(label=label))

    def labels(self, task: str, days: int | None = None) -> Rows:
        """The labelled rows of `of`, as `build_labels` returns them."""
        return self.labelled(self.of(task, days))

    def labelled(self, outcomes: ir.Table) -> Rows:
        """(customer_id, as_of, label) of the rows of outcomes that have a label."""
        labelled = outcomes.filter(outcomes.why.isnull()).select(*KEYS, "label")
        if not self._in_process:
            return labelled
        labels = fetched(self._ledger, labelled)
        typed = labels.astype({"customer_id": "str", "as_of": "datetime64[us]", "label": "int64"})
        return typed.sort_values(["as_of", "customer_id"], ignore_index=True)

    def assets_then(self, days: int) -> Rows:
        """(customer_id, as_of, asset_minor): customer asset size at the end of the horizon, of the
        rows where all of it could be valued."""
        sized = beside(self.ahead.rows, self.ahead.assets_then(days))
        found = sized.filter(sized.complete).select(*KEYS, "asset_minor")
        if not self._in_process:
            return found
        amounts = fetched(self._ledger, found)
        typed = amounts.astype({"customer_id": "str", "as_of": "datetime64[us]"})
        return typed.sort_values(["as_of", "customer_id"], ignore_index=True)

    def delivers(self, task: str) -> bool:
        """Whether the source brings labels of this task along. Raises as `of`."""
        classes = self._taxonomy.classes(task)
        told = self._standing(task).select("label").distinct()
        names = fetched(self._ledger, told)["label"].tolist()
        if names and task == "risk_appetite":
            raise FeatureError(
                f"labels: found delivered labels of risk_appetite, such as {names[0]!r}; expected "
                "none. Its target is the next declared questionnaire, and a class that the bank "
                "inferred would look the same. Map declared levels to the table questionnaires."
            )
        for name in names:
            if name not in classes:
                raise FeatureError(
                    f"labels: {name!r} is no class of {task}. {nearest(str(name), classes)}"
                )
        return bool(names)

    def known_after_days(self, task: str) -> tuple[float, float]:
        """The fewest and the most days after their snapshots until delivered labels were known."""
        told = self._standing(task)
        after = in_days(age(told.known_at, told["as_of"]))
        found = fetched(self._ledger, told.aggregate(least=after.min(), most=after.max()))
        return float(found["least"][0]), float(found["most"][0])

    def _standing(self, task: str) -> ir.Table:
        """The source's labels of the task that still stand, each with when it became known."""
        labels = self._ledger["labels"]
        return labels.filter(labels.task == task, labels.known_until.isnull())

    def _delivered(self, task: str, days: int) -> ir.Table:
        told = self._standing(task).select(*KEYS, "known_at", name="label")
        found = self.ahead.rows.left_join(told, KEYS).select("row", "as_of", "known_at", "name")
        numbers = {name: i for i, name in enumerate(self._taxonomy.classes(task))}
        other = ibis.literal(days != self._taxonomy.horizon_days(task))
        why = ibis.cases(
            (found["name"].isnull(), "not_delivered"),
            (other, "delivered_for_another_horizon"),
            (
                is_before(found.known_at, days_later(found["as_of"], days)),
                "told_before_the_window_ended",
            ),
            else_=NOTHING,
        )
        return found.mutate(label=_number(found["name"], numbers), why=why)

    def _risk_appetite(self, _: str, days: int) -> ir.Table:
        """The class of the next questionnaire within the horizon."""
        joined = self.ahead.rows.join(self.ahead.hindsight["questionnaires"], "customer_id")
        coming = joined.filter(is_ahead(joined["as_of"], joined.completed_at, days))
        following = coming.group_by("row").aggregate(
            level=coming.risk_level.argmin(coming.completed_at)
        )
        found = beside(self.ahead.windows(days), following)
        classes = self._taxonomy.risk_appetite.classes
        of_level = {level: i for i, c in enumerate(classes) for level in c.levels}
        why = ibis.ifelse(found["level"].isnull(), "no_questionnaire", NOTHING)
        return found.mutate(
            label=_number(found["level"], of_level), why=ibis.coalesce(found.why, why)
        )

    def _value_tier(self, _: str, days: int) -> ir.Table:
        """The tier of customer asset size at the horizon's end, where all of it could be valued."""
        found = beside(self.ahead.windows(days), self.ahead.assets_then(days))
        label = tier_of(found.asset_minor, self._taxonomy)
        why = ibis.ifelse(found.complete, NOTHING, "assets_incomplete_at_end")
        return found.mutate(label=label, why=ibis.coalesce(found.why, why))

    def _churn(self, _: str, days: int) -> ir.Table:
        """1 where assets fell by the share and the customer started nothing in the last days."""
        policy = self._taxonomy.churn
        silence = policy.silence_days(days)
        came = self.ahead.rows.join(_started(self.ahead.hindsight), "customer_id")
        last_days = days_later(came["as_of"], days - silence)
        late = came.filter(is_ahead(last_days, came.occurred_at, silence))
        found = beside(
            self._could_churn,
            self.ahead.windows(days).select("row", unseen="why"),
            self.ahead.assets_now.select("row", now_minor="asset_minor", now_complete="complete"),
            self.ahead.assets_then(days),
            late.select("row").distinct().mutate(stirred=True),
        )
        lost = found.asset_minor <= (1 - policy.asset_loss_share) * found.now_minor
        why = ibis.cases(
            (~found.now_complete, "assets_incomplete_at_start"),
            (~found.complete, "assets_incomplete_at_end"),
            else_=NOTHING,
        )
        return found.mutate(
            label=(lost & found.stirred.isnull()).cast("int64"),
            why=ibis.coalesce(found.why, found.unseen, why),
        )

    @cached_property
    def _could_churn(self) -> ir.Table:
        """(row, why): empty where the customer is eligible by what was known at as_of: assets of
        at least the minimum, and a movement that the customer started in the active_days before."""
        policy = self._taxonomy.churn
        seen = self.ahead.rows.join(_started(self._ledger), "customer_id")
        as_of, occurred = seen["as_of"], seen.occurred_at
        before = seen.filter(
            is_visible(as_of, occurred, seen.known_at, until(seen.known_until)),
            in_window(age(as_of, occurred), policy.active_days),
        )
        active = before.select("row").distinct().mutate(active=True)
        found = beside(self.ahead.known_assets, active)
        why = ibis.cases(
            (~found.complete, "assets_not_known"),
            (
                found.asset_minor < policy.minimum_assets_units * MINOR_PER_UNIT,
                "assets_below_minimum",
            ),
            (found.active.isnull(), "inactive_before"),
            else_=NOTHING,
        )
        return self.ahead.kept("could_churn", found.select("row", why=why))


def _started(ledger: Ledger) -> ir.Table:
    """The movements that customers started themselves."""
    moves = ledger["transactions"]
    kept = moves.filter(~is_unasked(moves))
    return kept.select("customer_id", "occurred_at", "known_at", "known_until")


def _number(value: ir.Value, numbers: Mapping[Any, int]) -> ir.IntegerValue:
    """The number that a value stands for; null if for none."""
    found = [(value == name, number) for name, number in numbers.items()]
    return ibis.cases(*found, else_=ibis.null("int64"))
