"""Gates: what a delivery must hold for the stages after it to run, and what fails them.

Every gate of params.yaml `quality.gates` is judged on each subject that it concerns: a table, a
column, a file. A failing gate stops the pipeline after the report is written, not before.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from src.core.errors import QualityError
from src.core.params import QualityGates, QualityParams
from src.quality.figures import Measures, Rejected, share_of
from src.quality.texts import QualityTexts

Outcome = Literal["passed", "failed", "not judged"]
_MOST_SHOWN = 20
# Deliveries before the last one from which a file's usual number of rows shows.
_HABIT = 3


@dataclass(frozen=True)
class Verdict:
    """One gate on one subject. subject: table, table.column or file; scope: all or latest;
    at_least: the figure must reach the limit, else stay within it; lines: the first concerned, as
    file:line."""

    gate: str
    subject: str
    scope: str
    figure: float
    limit: float
    at_least: bool
    outcome: Outcome
    lines: tuple[str, ...]

    @property
    def parameter(self) -> str:
        """The key of params.yaml that holds the limit."""
        column = f".{self.subject}" if self.gate == "min_completeness" else ""
        return f"quality.gates.{self.gate}{column}"

    @property
    def distance(self) -> float:
        """How far the figure lies on the wrong side of the limit; negative on the right side."""
        return self.limit - self.figure if self.at_least else self.figure - self.limit


def judge(measures: Measures, params: QualityParams) -> list[Verdict]:
    """The verdict of every gate on every subject, in the order of the gates in params.yaml."""
    gates = params.gates_of(measures.source)
    return [verdict for gate in _GATES for verdict in gate(measures, gates, params.min_rows_judged)]


def failed(verdicts: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The failed ones of quality.json's `gates`."""
    return [verdict for verdict in verdicts if verdict["outcome"] == "failed"]


def require_passed(
    content: Mapping[str, Any], where: str, report: str, texts: QualityTexts
) -> None:
    """Raise QualityError if a gate of quality.json failed: where, found, expected, what to do.

    where: the path of quality.json; report: that of the report for people.
    """
    faults = failed(content["gates"])
    if not faults:
        return
    told = [_told(fault, texts) for fault in faults[:_MOST_SHOWN]]
    if len(faults) > _MOST_SHOWN:
        told.append(f"and {len(faults) - _MOST_SHOWN} more")
    raise QualityError(
        f"{where}: the delivery of source {content['source']!r} falls below "
        f"{len(faults)} of {len(content['gates'])} gates:\n  - "
        + "\n  - ".join(told)
        + f"\nThe stages after the ledger did not run. Read {report}; mend the delivery, or change "
        f"the limit in params.yaml (for this source alone under quality.exceptions."
        f"{content['source']}), then run `dvc repro`."
    )


def _told(fault: Mapping[str, Any], texts: QualityTexts) -> str:
    sign = ">=" if fault["at_least"] else "<="
    scope = " in the latest delivery" if fault["scope"] == "latest" else ""
    lines = f" First: {', '.join(fault['lines'])}." if fault["lines"] else ""
    text = texts.gates[fault["gate"]]
    return (
        f"{fault['subject']}{scope}: {text.wording.en.lower()} is {fault['figure']:.6g}, expected "
        f"{sign} {fault['limit']:.6g} ({fault['parameter']}).{lines} {text.advice.en}"
    )


def _verdict(
    gate: str,
    subject: str,
    figure: float | None,
    limit: float,
    *,
    scope: str = "all",
    lines: tuple[str, ...] = (),
    judged: bool = True,
) -> Iterator[Verdict]:
    """One verdict, or none where there is no figure."""
    if figure is None:
        return
    at_least = gate.startswith("min_")
    holds = figure >= limit if at_least else figure <= limit
    outcome: Outcome = ("passed" if holds else "failed") if judged else "not judged"
    yield Verdict(gate, subject, scope, figure, limit, at_least, outcome, () if holds else lines)


def _completeness(m: Measures, gates: QualityGates, least: int) -> Iterator[Verdict]:
    for filled in m.filled:
        name = f"{filled.table}.{filled.column}"
        if name in gates.min_completeness and filled.mapped:
            limit, judged = gates.min_completeness[name], filled.rows >= least
            yield from _verdict(
                "min_completeness",
                name,
                filled.share,
                limit,
                scope=filled.scope,
                lines=filled.lines,
                judged=judged,
            )


def _of_rejected(
    gate: str, m: Measures, limit: float, least: int, concerned: Callable[[Rejected], bool]
) -> Iterator[Verdict]:
    """Share of a table's rows that rules of some kind rejected, by table and scope."""
    places = dict.fromkeys((r.table, r.scope, r.rows_in) for r in m.rejected)
    for table, scope, rows_in in places:
        rules = [r for r in m.rejected if (r.table, r.scope) == (table, scope) and concerned(r)]
        rules.sort(key=lambda r: (-r.rows, r.rule))
        share = share_of(sum(r.rows for r in rules), rows_in)
        lines = tuple(f"{line} ({r.rule})" for r in rules[:3] for line in r.lines[:2])
        yield from _verdict(
            gate, table, share, limit, scope=scope, lines=lines, judged=rows_in >= least
        )


def _quarantine(m: Measures, gates: QualityGates, least: int) -> Iterator[Verdict]:
    limit = gates.max_quarantine_share
    yield from _of_rejected("max_quarantine_share", m, limit, least, lambda r: r.fault)


def _unreadable(m: Measures, gates: QualityGates, least: int) -> Iterator[Verdict]:
    for found in m.unreadable:
        yield from _verdict(
            "max_unreadable_share",
            found.file,
            found.share,
            gates.max_unreadable_share,
            scope="latest" if found.latest else "all",
            lines=found.lines,
            judged=found.rows >= least,
        )


def _repeated(m: Measures, gates: QualityGates, _: int) -> Iterator[Verdict]:
    for keys in m.keys:
        found = keys.repeated + keys.repeated_versions
        limit = gates.max_repeated_keys
        yield from _verdict("max_repeated_keys", keys.table, found, limit, lines=keys.lines)


def _orphans(m: Measures, gates: QualityGates, least: int) -> Iterator[Verdict]:
    """Rows put into quarantine as orphans, and those that got into the ledger."""
    limit = gates.max_orphan_share
    yield from _of_rejected("max_orphan_share", m, limit, least, lambda r: r.kind == "orphan")
    for reference in m.references:
        subject = f"{reference.table}.{reference.column}"
        yield from _verdict(
            "max_orphan_share",
            subject,
            reference.share,
            limit,
            lines=reference.lines,
            judged=reference.rows >= least,
        )


def _control(m: Measures, gates: QualityGates, least: int) -> Iterator[Verdict]:
    """Of all deliveries together, and of each file's last one by itself: what an earlier one lacked
    may have come since."""
    if m.controls:
        short = sorted((c for c in m.controls if c.missing), key=lambda c: (-c.missing, c.file))
        share = share_of(sum(c.missing for c in short), sum(c.expected for c in m.controls))
        lines = tuple(f"{c.file} ({c.rows:,} of {c.expected:,} rows)" for c in short[:3])
        limit = gates.max_missing_control_share
        yield from _verdict("max_missing_control_share", "all files", share, limit, lines=lines)
        last = {series.file for series in m.series}
        for c in (c for c in short if c.file in last):
            judged, name = c.expected >= least, "max_missing_control_share"
            lack = share_of(c.missing, c.expected)
            yield from _verdict(name, c.file, lack, limit, scope="latest", judged=judged)


def _reconciled(m: Measures, gates: QualityGates, least: int) -> Iterator[Verdict]:
    for figure in m.statements:
        judged, limit = figure.compared >= least, gates.min_reconciled_share
        name = f"balances ({figure.what})"
        yield from _verdict(
            "min_reconciled_share", name, figure.share, limit, lines=figure.lines, judged=judged
        )


def _quoted(m: Measures, gates: QualityGates, _: int) -> Iterator[Verdict]:
    for figure in m.presence:
        gate, limit, table = (
            ("min_priced_share", gates.min_priced_share, "prices")
            if figure.what == "price"
            else ("min_rated_share", gates.min_rated_share, "fx_rates")
        )
        lacking = tuple(f"none of {name}" for name in figure.missing[:3])
        yield from _verdict(gate, table, figure.share, limit, lines=lacking)


def _volume(m: Measures, gates: QualityGates, least: int) -> Iterator[Verdict]:
    """Not judged: files that may well bring nothing, for each delivery has few rows; and how many
    rows there are against so few deliveries before that they show no habit."""
    for series in m.series:
        last, fewest = series.rows[-1], series.fewest_before
        judged, least_rows = fewest is None or fewest >= least, gates.min_rows_per_delivery
        yield from _verdict("min_rows_per_delivery", series.file, last, least_rows, judged=judged)
        if fewest:
            ratio, limit = last / fewest, gates.min_rows_ratio
            habit = judged and len(series.rows) > _HABIT
            yield from _verdict("min_rows_ratio", series.file, ratio, limit, judged=habit)


def _late(m: Measures, gates: QualityGates, least: int) -> Iterator[Verdict]:
    for delay in m.delays:
        yield from _verdict(
            "max_late_share",
            f"{delay.table} ({delay.source})",
            delay.share,
            gates.max_late_share,
            scope=delay.scope,
            judged=delay.rows >= least,
        )


def _overdue(m: Measures, gates: QualityGates, _: int) -> Iterator[Verdict]:
    for series in m.series:
        limit = gates.max_days_overdue
        yield from _verdict("max_days_overdue", series.file, series.overdue_days, limit)


def _drift(m: Measures, gates: QualityGates, _: int) -> Iterator[Verdict]:
    for drift in m.drift:
        name = f"{drift.table}.{drift.column} ({drift.series})"
        excess, change = drift.least_excess, drift.least_empty_change
        yield from _verdict("max_drift", name, excess, gates.max_drift, scope="latest")
        yield from _verdict("max_null_drift", name, change, gates.max_null_drift, scope="latest")


_GATES: Sequence[Callable[[Measures, QualityGates, int], Iterator[Verdict]]] = (
    _completeness,
    _quarantine,
    _unreadable,
    _repeated,
    _orphans,
    _control,
    _reconciled,
    _quoted,
    _volume,
    _late,
    _overdue,
    _drift,
)
