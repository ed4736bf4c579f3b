"""Later versions of drawn rows: corrections, cancellations, and two customers that are one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.support.ledgers.handmade import BASE, MICROSECOND

CUSTOMERS = ("ada", "bob", "eve")


def instants() -> st.SearchStrategy[datetime]:
    """Instants on a coarse grid, so that ties, gaps and window borders are common."""
    steps = st.integers(0, 34).map(lambda step: BASE + timedelta(days=15 * step))
    nudges = st.sampled_from([timedelta(), timedelta(), MICROSECOND, -MICROSECOND])
    return st.builds(lambda at, nudge: at + nudge, steps, nudges)


# What a correction of a row of each table changes.
_CORRECTED: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "customers": {"dependants": st.integers(0, 3), "imputed": st.just("dependants,birth_date")},
    "products": {"asset_class": st.sampled_from(["bond", "equity"]), "risk_grade": st.just(4)},
    "prices": {"close": st.sampled_from([0.25, 3.0])},
    "fx_rates": {"rate": st.sampled_from([0.25, 3.0])},
    "transactions": {"amount_minor": st.integers(-9, 9), "occurred_at": instants()},
    "balances": {"amount_minor": st.integers(0, 9)},
    "questionnaires": {"risk_level": st.integers(1, 5)},
    "interactions": {"score": st.sampled_from([None, 2.0])},
    "rejected": {"happened_at": instants()},
}
_OF_CUSTOMERS = ("transactions", "interactions", "questionnaires", "balances", "rejected")


def revisions() -> st.SearchStrategy[dict[str, Any]]:
    """A row of a table (by its number, counted round) that is corrected or cancelled."""
    return st.sampled_from(sorted(_CORRECTED)).flatmap(
        lambda table: st.fixed_dictionaries(
            {
                "table": st.just(table),
                "row": st.integers(0, 24),
                "at": instants(),
                "changes": st.none() | st.fixed_dictionaries(_CORRECTED[table]),
            }
        )
    )


def revised(
    rows: dict[str, list[dict[str, Any]]],
    revisions: Sequence[dict[str, Any]],
    merged_at: datetime | None,
) -> dict[str, list[dict[str, Any]]]:
    """The rows with later versions: a version is closed, never changed."""
    tables = {name: list(content) for name, content in rows.items()}
    for revision in revisions:
        content = tables[revision["table"]]
        standing = [row for row in content if row.get("known_until") is None]
        if not standing:
            continue
        row, at = standing[revision["row"] % len(standing)], revision["at"]
        if row.get("known_at", BASE - timedelta(days=999)) >= at:
            continue
        content[content.index(row)] = {**row, "known_until": at}
        if revision["changes"] is not None:
            content.append({**row, **revision["changes"], "known_at": at})
    return tables if merged_at is None else merged(tables, CUSTOMERS[1], CUSTOMERS[0], merged_at)


def merged(
    tables: dict[str, list[dict[str, Any]]], gone: str, stays: str, at: datetime
) -> dict[str, list[dict[str, Any]]]:
    """What was known of `gone` before `at` is closed then and told anew of `stays`; what becomes
    known later is of `stays` at once."""
    result = dict(tables)
    for name in _OF_CUSTOMERS:
        result[name] = []
        taken = {r.get("completed_at") for r in tables[name] if r["customer_id"] == stays}
        for row in tables[name]:
            closed = row.get("known_until") is not None and row["known_until"] <= at
            if row["customer_id"] != gone or closed:
                result[name].append(row)
                continue
            moved = {**row, "customer_id": stays, "known_at": max(row["known_at"], at)}
            if row["known_at"] < at:
                result[name].append({**row, "known_until": at})
            if name != "questionnaires" or row["completed_at"] not in taken:
                result[name].append(moved)
    result["customers"] = [
        {**row, "known_until": at}
        if row["customer_id"] == gone and row.get("known_until") is None
        else row
        for row in tables["customers"]
    ]
    return result
