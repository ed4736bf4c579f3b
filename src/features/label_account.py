"""What became of the rows of a spine, counted: labelled, or not and why, by month and segment."""

from collections.abc import Mapping, Sequence
from typing import Any

import ibis.expr.types as ir
import pandas as pd

from src.core.errors import FeatureError
from src.core.ledger import Ledger
from src.core.taxonomy import Taxonomy
from src.features.labels import REASONS, Outcomes
from src.features.plan import fetched
from src.features.segments import SEGMENTS, segment_values, segments
from src.features.stored import row_count

_BY = ["month", *SEGMENTS]


class LabelAccounts:
    """Counts the outcomes of one spine, whose segments are found once."""

    def __init__(self, ledger: Ledger, outcomes: Outcomes, taxonomy: Taxonomy) -> None:
        ahead = outcomes.ahead
        found = segments(ledger, ahead.rows, ahead.known_assets, taxonomy)
        self._segmented = ahead.kept("segments", found)
        self._ledger, self._taxonomy = ledger, taxonomy
        self._rows = row_count(ledger, ahead.rows)

    def of(self, task: str, outcome: ir.Table) -> dict[str, Any]:
        """The counts of `Outcomes.of` as plain JSON: of all rows, by month and by segment.

        Each of them: spine_rows = rows (the labelled ones) + the sum of unlabelled, by reason;
        class_rows adds up to rows, base_rates are its shares (empty without a labelled row).
        Raises FeatureError if a row has both a label and a reason or neither, or rows came or went.
        """
        classes, tallied = self._taxonomy.classes(task), self._tally(outcome)
        months = [
            {"month": f"{month:%Y-%m}"} | _counts(rows, classes)
            for month, rows in tallied.groupby("month")
        ]
        by_segment = {}
        for name, values in segment_values(self._taxonomy).items():
            there = tallied.groupby(name)
            by_segment[name] = [
                {"value": value} | _counts(there.get_group(value), classes)
                for value in values
                if value in there.groups
            ]
        return _counts(tallied, classes) | {"by_month": months, "by_segment": by_segment}

    def _tally(self, outcome: ir.Table) -> pd.DataFrame:
        """(month, *SEGMENTS, label, why, rows): how many rows are alike in all of these."""
        joined = self._segmented.join(outcome.select("row", "label", "why"), "row")
        counted = joined.group_by([*_BY, "label", "why"]).aggregate(rows=joined.count())
        found = fetched(self._ledger, counted).astype({"label": "Int64"})
        unclear = found.loc[found["label"].notna() == found["why"].notna(), "rows"].sum()
        if unclear or found["rows"].sum() != self._rows:
            raise FeatureError(
                f"labels: {found['rows'].sum():,} outcomes, of which {unclear:,} have both a label "
                f"and a reason for none, or neither; expected one of the two for each of "
                f"{self._rows:,} rows of the spine. Look for duplicate keys in the ledger's tables."
            )
        return found


def label_metrics(account: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What `dvc metrics` compares of labels.json: rows and shares by task and horizon."""
    figures: dict[str, Any] = {}
    for task, entry in account.items():
        figures[task] = {"supported": int(entry["supported"])} | {
            f"{days}d": {
                "rows": found["rows"],
                "labelled_share": round(found["rows"] / max(found["spine_rows"], 1), 4),
                **found["base_rates"],
            }
            for days, found in entry.get("horizons", {}).items()
        }
    return figures


def months_table(counts: Mapping[str, Any]) -> pd.DataFrame:
    """by_month as columns: month, spine_rows, rows, labelled_share, highest_class_share (of the
    labelled rows; empty without one)."""
    rows = []
    for each in counts["by_month"]:
        shares = list(each["base_rates"].values())
        rows.append(
            {
                "month": each["month"],
                "spine_rows": each["spine_rows"],
                "rows": each["rows"],
                "labelled_share": round(each["rows"] / each["spine_rows"], 4),
                "highest_class_share": shares[-1] if shares else None,
            }
        )
    return pd.DataFrame(rows)


def _counts(tallied: pd.DataFrame, classes: Sequence[str]) -> dict[str, Any]:
    by_class = tallied.groupby("label")["rows"].sum()
    by_reason = tallied.groupby("why")["rows"].sum()
    class_rows = {name: int(by_class.get(place, 0)) for place, name in enumerate(classes)}
    rows = sum(class_rows.values())
    return {
        "spine_rows": int(tallied["rows"].sum()),
        "rows": rows,
        "unlabelled": {why: int(by_reason[why]) for why in REASONS if why in by_reason},
        "class_rows": class_rows,
        "base_rates": {n: round(found / rows, 4) for n, found in class_rows.items()}
        if rows
        else {},
    }
