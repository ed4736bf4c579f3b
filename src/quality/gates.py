"""Gates: what a delivery must hold for the stages after it to run, and what fails them.

Every gate of params.yaml `quality.gates` is judged on each subject that it concerns: a table, a
column, a file. A failing gate stops the pipeline after the report is written, not before.
"""

from collections.abc import Callable, Iterator, Sequence

from src.core.params.quality import QualityGates, QualityParams
from src.quality.figures.measures import Measures
from src.quality.figures.shares import share_of
from src.quality.figures.validity import Rejected
from src.quality.verdict import Verdict, verdict

# Deliveries before the last one from which a file's usual number of rows shows: the first may bring
# everything, and those after it only what is new.
_HABIT = 2


def judge(measures: Measures, params: QualityParams) -> list[Verdict]:
    """The verdict of every gate on every subject, in the order of the gates in params.yaml."""
    gates = params.gates_of(measures.source)
    return [found for gate in _GATES for found in gate(measures, gates, params.min_rows_judged)]


def _completeness(m: Measures, gates: QualityGates, least: int) -> Iterator[Verdict]:
    for filled in m.filled:
        name = f"{filled.table}.{filled.column}"
        if name in gates.min_completeness and filled.mapped:
            limit, judged = gates.min_completeness[name], filled.rows >= least
            yield from verdict(
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
        yield from verdict(
            gate, table, share, limit, scope=scope, lines=lines, judged=rows_in >= least
        )


def _quarantine(m: Measures, gates: QualityGates, least: int) -> Iterator[Verdict]:
    limit = gates.max_quarantine_share
    yield from _of_rejected("max_quarantine_share", m, limit, least, lambda r: r.fault)


def _unreadable(m: Measures, gates: QualityGates, least: int) -> Iterator[Verdict]:
    for found in m.unreadable:
        yield from verdict(
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
        yield from verdict("max_repeated_keys", keys.table, found, limit, lines=keys.lines)


def _copied(m: Measures, gates: QualityGates, _: int) -> Iterator[Verdict]:
    """Not judged: lists, which may well stay as they are, and what came between two regular
    deliveries, for nothing is missing for it."""
    copies = {copy.file: copy for copy in m.copies}
    for series in m.series:
        copy, limit = copies.get(series.file), gates.max_copied_deliveries
        judged = copy is None or (copy.events and not series.off_cycle)
        lines = (f"{copy.file} (all of {copy.copy_of})",) if copy else ()
        found = int(copy is not None)
        name = "max_copied_deliveries"
        yield from verdict(name, series.file, found, limit, lines=lines, judged=judged)


def _orphans(m: Measures, gates: QualityGates, least: int) -> Iterator[Verdict]:
    """Rows put into quarantine as orphans, and those that got into the ledger."""
    limit = gates.max_orphan_share
    yield from _of_rejected("max_orphan_share", m, limit, least, lambda r: r.kind == "orphan")
    for reference in m.references:
        subject = f"{reference.table}.{reference.column}"
        yield from verdict(
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
        yield from verdict("max_missing_control_share", "all files", share, limit, lines=lines)
        last = {series.file for series in m.series}
        for c in (c for c in short if c.file in last):
            judged, name = c.expected >= least, "max_missing_control_share"
            lack = share_of(c.missing, c.expected)
            yield from verdict(name, c.file, lack, limit, scope="latest", judged=judged)


def _reconciled(m: Measures, gates: QualityGates, least: int) -> Iterator[Verdict]:
    for figure in m.statements:
        judged, limit = figure.compared >= least, gates.min_reconciled_share
        name = f"balances ({figure.what})"
        yield from verdict(
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
        yield from verdict(gate, table, figure.share, limit, lines=lacking)


def _volume(m: Measures, gates: QualityGates, least: int) -> Iterator[Verdict]:
    """Not judged: files that may well bring nothing, for each delivery has few rows; and how many
    rows there are in a delivery off its cycle, or against so few before that they show no habit."""
    for series in m.series:
        last, fewest = series.rows[-1], series.fewest_before
        judged, least_rows = fewest is None or fewest >= least, gates.min_rows_per_delivery
        yield from verdict("min_rows_per_delivery", series.file, last, least_rows, judged=judged)
        if fewest:
            ratio, limit = last / fewest, gates.min_rows_ratio
            habit = judged and len(series.rows) > _HABIT and not series.off_cycle
            yield from verdict("min_rows_ratio", series.file, ratio, limit, judged=habit)


def _late(m: Measures, gates: QualityGates, least: int) -> Iterator[Verdict]:
    for delay in m.delays:
        yield from verdict(
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
        yield from verdict("max_days_overdue", series.file, series.overdue_days, limit)


def _drift(m: Measures, gates: QualityGates, _: int) -> Iterator[Verdict]:
    for drift in m.drift:
        name = f"{drift.table}.{drift.column} ({drift.series})"
        excess, change = drift.least_excess, drift.least_empty_change
        yield from verdict("max_drift", name, excess, gates.max_drift, scope="latest")
        yield from verdict("max_null_drift", name, change, gates.max_null_drift, scope="latest")


_GATES: Sequence[Callable[[Measures, QualityGates, int], Iterator[Verdict]]] = (
    _completeness,
    _quarantine,
    _unreadable,
    _repeated,
    _copied,
    _orphans,
    _control,
    _reconciled,
    _quoted,
    _volume,
    _late,
    _overdue,
    _drift,
)
