"""The pointer to the release that is served: one small file, replaced at once, the commit point.

Whatever else tells what is served (MLflow's alias, the promotion log, the reports) is made to
agree with it afterwards, by whichever command comes next.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from src.core.errors import KehuError
from src.core.files import read_json, write_json


@dataclass(frozen=True)
class Pointer:
    """release: the digest that names the served folder. since: UTC, ISO 8601. previous: the release
    before it, empty if there was none. decisions: the log's entries of the command that wrote it,
    so that a kill before they are in the log loses none."""

    release: str
    since: str
    previous: str
    decisions: Sequence[Mapping[str, Any]] = ()


def read_pointer(path: Path) -> Pointer | None:
    """The pointer; None if nothing is served yet. Raises KehuError if the file is no pointer."""
    if not path.is_file():
        return None
    content = read_json(path)
    try:
        return Pointer(**content)
    except TypeError as error:
        raise KehuError(
            f"{path}: {error}; expected the keys release, since, previous and decisions. "
            "Restore the file from a backup, or write it by hand with the name of a folder of "
            "the releases beside it."
        ) from error


def move_pointer(path: Path, pointer: Pointer) -> None:
    """Replace the pointer at once: a reader sees the old one or the new one."""
    write_json(path, asdict(pointer))
