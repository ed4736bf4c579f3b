"""What a check of a source found: what was understood, what was not, and what to do about it."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "note", "problem"]
_MARKS: dict[Level, str] = {"ok": "ok", "note": "--", "problem": "!!"}


@dataclass(frozen=True)
class Finding:
    """One line of a section. subject: a column, an entry's key or a task; text: what was found;
    advice: what to do, for problems and some notes."""

    level: Level
    subject: str
    text: str
    advice: str = ""


@dataclass(frozen=True)
class Section:
    """The findings about one file, one entry of a table, or the tasks."""

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
    count = len(problems(sections))
    lines.append("everything is understood" if not count else f"{count} not understood (!!)")
    return "\n".join(lines)


def problems(sections: list[Section]) -> list[Finding]:
    """All findings that keep the source from being read as declared."""
    return [f for section in sections for f in section.findings if f.level == "problem"]
