"""The three models' figures against their baselines as plain text with aligned columns."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TaskSummary:
    """One line per candidate: task, candidate, figure with interval, the model's lead, verdict.

    kept: why a model of an earlier run is served on, if one is.
    """

    task: str
    served: str
    yardstick: str
    rows: Sequence[tuple[str, str, str, str]]
    note: str
    kept: str = ""


_HEADS = ("task", "yardstick", "candidate", "figure [interval]", "model's lead [interval]", "")


def summarise(
    metrics: Mapping[str, Mapping[str, Any]],
    unsupported: Mapping[str, str],
    served: Mapping[str, str] | None = None,
    kept: Mapping[str, str] | None = None,
) -> list[TaskSummary]:
    """Plain facts of each task, supported ones first.

    metrics: per task what src.models.evaluate.evaluate gave. unsupported: reason per task.
    served: per task the candidate that is served, by default the metrics' winner. kept: for tasks
    in which the champion of an earlier run is served on, why this run's winner was not promoted, or
    why there is none, in which case the task has no metrics.
    """
    chosen, refused = served or {}, kept or {}
    summaries = [
        _kept(found, refused[task]) if task in refused else _of_task(found, chosen.get(task, ""))
        for task, found in metrics.items()
    ]
    summaries += [
        TaskSummary(task, "", "", (), f"the champion of an earlier run is served on. {why}", why)
        for task, why in refused.items()
        if task not in metrics
    ]
    summaries += [
        TaskSummary(task, "", "", (), f"not supported: {why}") for task, why in unsupported.items()
    ]
    return summaries


def summary_table(
    metrics: Mapping[str, Mapping[str, Any]],
    unsupported: Mapping[str, str],
    served: Mapping[str, str] | None = None,
    kept: Mapping[str, str] | None = None,
) -> str:
    """The same as text for a terminal: one line per candidate, the served one marked."""
    lines = [_HEADS]
    notes = []
    for summary in summarise(metrics, unsupported, served, kept):
        for place, row in enumerate(summary.rows):
            first = (summary.task, summary.yardstick) if place == 0 else ("", "")
            lines.append((*first, *row))
        if summary.note:
            notes.append(f"{summary.task}: {summary.note}")
    return "\n".join([*_aligned(lines), *([""] if notes else []), *notes]) + "\n"


def _of_task(found: Mapping[str, Any], served: str) -> TaskSummary:
    name = found["primary"]["name"]
    winner = served or str(found["winner"])
    arrow = "higher is better" if found["primary"]["higher_is_better"] else "lower is better"
    rows = [
        (
            candidate,
            _interval(figures[name], signed=False),
            _interval(found["paired"][candidate], signed=True)
            if candidate in found["paired"]
            else "",
            "served" if candidate == winner else "",
        )
        for candidate, figures in found["candidates"].items()
    ]
    note = "" if winner == "lightgbm" else f"a baseline is served. {found['reason']}"
    return TaskSummary(str(found["task"]), winner, f"{name} ({arrow})", rows, note)


def _kept(found: Mapping[str, Any], why: str) -> TaskSummary:
    """None of this run's candidates is served."""
    rows = [(*row[:3], "") for row in _of_task(found, "").rows]
    note = f"the champion of an earlier run is served on. {found['winner']} is not promoted: {why}"
    return TaskSummary(str(found["task"]), "", _of_task(found, "").yardstick, rows, note, why)


def _interval(found: Mapping[str, Any], signed: bool) -> str:
    form = "{:+.4f}" if signed else "{:.4f}"
    if found["value"] is None:
        return "undefined"
    text = form.format(found["value"])
    if found["low"] is None:
        return text
    return f"{text} [{form.format(found['low'])}, {form.format(found['high'])}]"


def _aligned(lines: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(_width(line[i]) for line in lines) for i in range(len(lines[0]))]
    rule = ["-" * width for width in widths]
    for line in [lines[0], rule, *lines[1:]]:
        cells = (
            text + " " * (width - _width(text)) for text, width in zip(line, widths, strict=True)
        )
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    """Columns on a terminal, where Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
