"""What a check of a source found: what was understood, what was not, and what to do about it."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal["ok", "note", "warning", "problem"]
_MARKS: dict[Level, str] = {"ok": "ok", "note": "--", "warning": "! ", "problem": "!!"}


@dataclass(frozen=True)
class Finding:
    """One line of a section. level: a problem stops integration or contradicts the ledger; with a
    warning integration goes through, but rows are lost to quarantine or something is left to do.
    subject: a column, an entry's key or a task; text: what was found; advice: what to do."""

    level: Level
    subject: str
    text: str
    advice: str = ""


@dataclass(frozen=True)
class Section:
    """The findings about one file, one entry of a table, the rules, or the tasks."""

    title: str
    findings: tuple[Finding, ...]


def render(sections: list[Section]) -> str:
    """The report as text, one line for each finding, its advice below it."""
    lines = []
    for section in sections:
        lines.append(section.title)
        width = min(max((len(f.subject) for f in section.findings), default=0), 28)
        for found in section.findings:
            lines.append(
                f"  {_MARKS[found.level]}  {found.subject:<{width}}  {found.text}".rstrip()
            )
            if found.advice:
                lines.append(f"      {'':<{width}}  -> {found.advice}")
        lines.append("")
    lines.append(_summary(len(problems(sections)), len(warnings(sections))))
    return "\n".join(lines)


def _summary(faults: int, doubts: int) -> str:
    doubted = f"{doubts} warning{'s' * (doubts > 1)} (!)"
    if faults:
        return f"{faults} not understood (!!)" + (f", {doubted}" if doubts else "")
    return "everything is understood" + (f"; {doubted}" if doubts else "")


def to_json(sections: list[Section]) -> dict[str, Any]:
    """The report as plain JSON values, with how many problems and warnings it has."""
    return {
        "problems": len(problems(sections)),
        "warnings": len(warnings(sections)),
        "sections": [asdict(section) for section in sections],
    }


def problems(sections: list[Section]) -> list[Finding]:
    """All findings that keep the source from being integrated as declared."""
    return _of_level(sections, "problem")


def warnings(sections: list[Section]) -> list[Finding]:
    """All findings that cost rows or leave something to do."""
    return _of_level(sections, "warning")


def _of_level(sections: list[Section], level: Level) -> list[Finding]:
    return [f for section in sections for f in section.findings if f.level == level]
