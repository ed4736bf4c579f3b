"""What became of a model's version, as its report says it: candidate, served, refused, retired.

The pipeline renders every report as a candidate's, the same bytes on every machine. Whoever decides
what is served rewrites the three blocks that depend on that decision, and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from src.core.errors import ModelError
from src.reports.document.page import Badge, Block, Facts, Note, Paragraph, Slot, Text, both, fill

State = Literal["candidate", "served", "refused", "retired"]
_NEEDED: Mapping[str, frozenset[str]] = {
    "candidate": frozenset(),
    "served": frozenset({"at"}),
    "refused": frozenset({"at", "reason"}),
    "retired": frozenset({"at", "replaced_by"}),
}
_BLANK = "________________"
# The facts of a promotion that have names; others, such as versions of software, print their keys.
_MADE_BY_NAMES = {
    "git_revision": both("Git revision", "代码版本"),
    "machine": both("Machine", "机器"),
    "operator": both("Operator", "操作人"),
    "started": both("Run started", "运行开始"),
    "ended": both("Run ended", "运行结束"),
}


@dataclass(frozen=True)
class Status:
    """What became of a version.

    at: ISO 8601 instant with an offset, since when it is so. reason: why it was refused.
    replaced_by: the version that is served instead of a retired one. made_by: facts of the run
    that differ by machine (git_revision, machine, operator, started, ended, versions of software);
    a candidate has none. Raises ModelError if the state lacks what it needs or has what it doesn't.
    """

    state: State = "candidate"
    at: str = ""
    reason: str = ""
    replaced_by: str = ""
    made_by: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.state not in _NEEDED:
            raise ModelError(f"status {self.state!r}; expected one of {', '.join(_NEEDED)}.")
        given = {name for name in ("at", "reason", "replaced_by") if getattr(self, name)}
        needed = set(_NEEDED[self.state])
        if self.made_by and self.state == "candidate":
            given.add("made_by")
        if given != needed:
            raise ModelError(
                f"status {self.state!r} with {', '.join(sorted(given)) or 'nothing'}; expected "
                f"{', '.join(sorted(needed)) or 'nothing'}. Give what the state needs, no more."
            )
        if self.at:
            _instant(self.at)


def with_status(html: str, status: Status) -> str:
    """The rendered model report under another status; applying it twice changes nothing more.

    It replaces the status block, the facts of who made the version where, and the sign-off block,
    which only a served version carries. Raises ModelError if `html` lacks one of these blocks.
    """
    for slot in (status_slot(status), made_by_slot(status), sign_off_slot(status)):
        html = fill(html, slot.name, slot.blocks)
    return html


def status_slot(status: Status) -> Slot:
    """The block in the page's header."""
    when = _instant(status.at) if status.at else ""
    blocks: list[Block]
    if status.state == "candidate":
        blocks = [Badge(both("Candidate: not served", "候选:未上线"), "warning")]
    elif status.state == "served":
        blocks = [Badge(both(f"Served since {when}", f"自 {when} 起上线"), "good")]
    elif status.state == "refused":
        why = both(f"Refused because: {status.reason}", f"未予采用的原因:{status.reason}")
        blocks = [Badge(both(f"Refused {when}", f"{when} 未予采用"), "bad"), Paragraph(why)]
    else:
        by = status.replaced_by
        text = both(f"Retired {when}, replaced by {by}", f"{when} 停用,由 {by} 取代")
        blocks = [Badge(text, "warning")]
    return Slot("status", blocks)


def made_by_slot(status: Status) -> Slot:
    """The facts of the run that differ by machine."""
    if not status.made_by:
        text = both(
            "Revision, machine, operator and software are recorded when it is decided whether this "
            "version is served.",
            "代码版本、机器、操作人与软件版本在决定是否上线时记录。",
        )
        return Slot("made-by", [Note(text)])
    known = [name for name in _MADE_BY_NAMES if name in status.made_by]
    others = sorted(set(status.made_by) - set(known))
    rows: list[tuple[Text, Text]] = [
        (_MADE_BY_NAMES.get(name, name), status.made_by[name]) for name in (*known, *others)
    ]
    return Slot("made-by", [Facts(rows)])


def sign_off_slot(status: Status) -> Slot:
    """Who signs, for the version that is served."""
    if status.state != "served":
        text = both(
            "This version is not served, so there is nothing to sign.", "本版本未上线,无需签署。"
        )
        return Slot("sign-off", [Note(text)])
    signers = (
        both("Developer, date", "开发人,日期"),
        both("Validator, date", "验证人,日期"),
        both("Owner, date", "负责人,日期"),
    )
    return Slot("sign-off", [Facts([(signer, _BLANK) for signer in signers])])


def _instant(text: str) -> str:
    """An ISO 8601 instant in UTC to the minute, as a reader expects it."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ModelError(
            f"instant {text!r} of a status; expected ISO 8601 with an offset, such as "
            "2025-07-01T09:30:00+00:00."
        )
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
