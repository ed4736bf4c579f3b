"""An audit for people, on a terminal."""

import math
import sys
from collections import Counter

from rich.console import Console
from rich.table import Table

from src.features.audit.trials import CLAIMS
from src.features.audit.verdict import VERDICTS, Audit

_STYLE = {"leaks": "bold red", "misses": "bold red", "clean": "green", "not exercised": "yellow"}


def print_audit(audit: Audit, every: bool) -> None:
    """`show` on standard output, wide where that is no terminal."""
    show(audit, Console(width=None if sys.stdout.isatty() else 160), every)


def show(audit: Audit, console: Console, every: bool = False) -> None:
    """Print the trials, the verdicts by business group, what is not clean, and one summary line.

    every: also the features that are clean, one by one.
    """
    for hearing in audit.hearings:
        dates = ", ".join(f"{cut:%Y-%m-%d}" for cut in hearing.cuts)
        console.print(
            f"{hearing.ledger}: {hearing.customers} customers at {dates}; "
            f"hindsight would move {hearing.hindsight} of {len(audit.spec)} features"
        )
    console.print(_trials(audit))
    console.print(_groups(audit))
    named = [name for name in audit.spec.names if every or audit.verdict(name) != "clean"]
    if named:
        console.print(_features(audit, named))
    console.print(summary(audit), style="green" if audit.passed else "bold red")


def summary(audit: Audit) -> str:
    """The verdicts in one line."""
    counts = ", ".join(f"{count} {verdict}" for verdict, count in audit.counts.items())
    return f"{'passed' if audit.passed else 'failed'}: {len(audit.spec)} features, {counts}"


def _trials(audit: Audit) -> Table:
    table = Table("trial", "what it claims", *VERDICTS, title="Trials")
    for trial, claim in CLAIMS.items():
        outcomes = [audit.outcomes(name).get(trial) for name in audit.spec.names]
        table.add_row(trial, claim, *_counted(Counter(o for o in outcomes if o)))
    return table


def _groups(audit: Audit) -> Table:
    table = Table("group", *VERDICTS, title="Verdicts")
    groups = dict.fromkeys(feature.group for feature in audit.spec.features)
    for group in groups:
        members = [f.name for f in audit.spec.features if f.group == group]
        table.add_row(group, *_counted(Counter(map(audit.verdict, members))))
    return table


def _counted(found: Counter[str]) -> list[str]:
    return [
        f"[{_STYLE[verdict]}]{found[verdict]}[/]" if found[verdict] else "·" for verdict in VERDICTS
    ]


def _features(audit: Audit, names: list[str]) -> Table:
    columns = ("feature", "verdict", "trial", "customer", "as_of", "before", "after", "through")
    table = Table(*columns, title="Features")
    for name in names:
        verdict, found = audit.verdict(name), audit.counterexample(name)
        cells = ["", "", "", "", "", ""]
        if found is not None:
            cells = [
                found.trial,
                f"{found.customer_id} ({found.ledger})",
                f"{found.as_of}",
                _value(found.before),
                _value(found.after),
                ", ".join(found.through),
            ]
        table.add_row(name, f"[{_STYLE[verdict]}]{verdict}[/]", *cells)
    return table


def _value(value: float) -> str:
    return "unknown" if math.isnan(value) else f"{value:.10g}"
