"""Which model was promoted, refused or taken back, when and why: one line of JSON each.

One log a source. A promotion asks it, so that it does not undo a rollback. No line is ever changed.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from src.core.errors import ModelError

Event = Literal["promoted", "refused", "rolled back"]


@dataclass(frozen=True)
class Entry:
    """One decision on a task's model.

    at: UTC, ISO 8601. version, fingerprint: of the model that was promoted, refused or rolled back
    to. champion, champion_fingerprint: of the one that was served before; empty if none was. id:
    digest of the release that was decided on. decision: the whole `Decision` in plain values; of a
    rollback the model's version in MLflow.
    """

    at: str
    task: str
    event: Event
    reason: str
    version: str
    fingerprint: str
    champion: str = ""
    champion_fingerprint: str = ""
    id: str = ""
    decision: Mapping[str, Any] = field(default_factory=dict)


def append(path: Path, entry: Entry) -> None:
    """Add a line, which is on the disk when this returns, in place of one that a kill cut off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file():
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)
    line = json.dumps(asdict(entry), sort_keys=True, ensure_ascii=False, allow_nan=False)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def append_once(path: Path, entry: Entry) -> bool:
    """Append the entry unless the log tells it already; whether it was appended."""
    if is_told(path, entry):
        return False
    append(path, entry)
    return True


def is_told(path: Path, entry: Entry) -> bool:
    """Whether the log tells the entry already.

    It does if, since the task's served model last changed, there is an entry of the same release,
    event and version: a command that is repeated after a kill adds no second one, and a return to a
    release that was served before does.
    """
    for held in reversed(read(path)):
        if held.task != entry.task:
            continue
        if (held.id, held.event, held.version) == (entry.id, entry.event, entry.version):
            return True
        if held.event != "refused":
            return False
    return False


def read(path: Path) -> list[Entry]:
    """All entries, oldest first; none if there is no file. What a kill cut off at the end is left
    out. Raises ModelError naming the line if another is no entry."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    entries = []
    for number, line in enumerate(lines[:-1], start=1):
        try:
            entries.append(Entry(**json.loads(line)))
        except (json.JSONDecodeError, TypeError) as error:
            raise ModelError(
                f"{path}:{number}: found {line[:60]!r}; expected one decision as JSON ({error}). "
                "Mend or remove the line: it says which models were taken back."
            ) from error
    return entries


def taken_back(path: Path, task: str) -> dict[str, str]:
    """Why, by fingerprint, a task's models were rolled back and not taken up again since."""
    out: dict[str, str] = {}
    for entry in read(path):
        if entry.task != task:
            continue
        if entry.event == "rolled back" and entry.champion_fingerprint:
            out[entry.champion_fingerprint] = f"on {entry.at[:10]}: {entry.reason}"
        if entry.event in ("rolled back", "promoted"):
            out.pop(entry.fingerprint, None)
    return out


def replaced_by(path: Path, task: str, version: str) -> str:
    """The version that was served before `version` of the task took its place; empty if none."""
    earlier = [
        entry.champion
        for entry in read(path)
        if entry.task == task and entry.event != "refused" and entry.version == version
    ]
    return earlier[-1] if earlier else ""
