"""A delivery below a gate is refused: the pipeline stops with a message that says what to do."""

from collections.abc import Mapping, Sequence
from typing import Any

from src.core.errors import QualityError
from src.quality.texts import QualityTexts

_MOST_SHOWN = 20


def require_passed(
    content: Mapping[str, Any], where: str, report: str, texts: QualityTexts
) -> None:
    """Raise QualityError if a gate of quality.json failed: where, found, expected, what to do.

    where: the path of quality.json; report: that of the report for people.
    """
    faults = _failed(content["gates"])
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


def _failed(verdicts: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The failed ones of quality.json's `gates`."""
    return [verdict for verdict in verdicts if verdict["outcome"] == "failed"]


def _told(fault: Mapping[str, Any], texts: QualityTexts) -> str:
    sign = ">=" if fault["at_least"] else "<="
    scope = " in the latest delivery" if fault["scope"] == "latest" else ""
    lines = f" First: {', '.join(fault['lines'])}." if fault["lines"] else ""
    text = texts.gates[fault["gate"]]
    return (
        f"{fault['subject']}{scope}: {text.wording.en.lower()} is {fault['figure']:.6g}, expected "
        f"{sign} {fault['limit']:.6g} ({fault['parameter']}).{lines} {text.advice.en}"
    )
