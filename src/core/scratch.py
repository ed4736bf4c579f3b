"""Temporary folders that may hold data: inside the project, for their owner alone, and gone when
the process is, however it ended.

They stand in .kehu/tmp, which neither git nor DVC looks at, and carry their purpose and the number
of their process. Whoever opens one first removes those of processes that live no more, so that a
killed run leaves nothing in clear for longer than until the next command; erasure searches what is
left (src/pipeline/operations/erase.py).
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from src.core.files import is_alive

SCRATCH = Path(".kehu/tmp")
_mine: set[Path] = set()


@contextmanager
def scratch_folder(purpose: str) -> Iterator[Path]:
    """An empty folder that goes when the block ends.

    >>> with scratch_folder("example") as folder:
    ...     (folder / "names").write_text("…", encoding="utf-8") > 0
    True
    >>> folder.exists()
    False
    """
    folder = _made(purpose, SCRATCH)
    try:
        yield folder
    finally:
        remove_scratch(folder)


def lasting_scratch(purpose: str, root: Path = SCRATCH) -> Path:
    """An empty folder that goes with this process, or earlier by `remove_scratch`. root: where it
    stands, for who needs a folder that other machines reach."""
    folder = _made(purpose, root)
    atexit.register(remove_scratch, folder)
    return folder


def remove_scratch(folder: Path) -> None:
    """Remove a folder that this process made, and what is in it."""
    if folder in _mine:
        shutil.rmtree(folder, ignore_errors=True)
        _mine.discard(folder)


def sweep(root: Path = SCRATCH, start: str = "") -> list[Path]:
    """Remove the folders of processes that live no more; which these were. start: of their names,
    where others keep folders of their own beside them."""
    left = [each for each in folders(root) if each.name.startswith(start) and not in_use(each)]
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return left


def folders(root: Path = SCRATCH) -> list[Path]:
    """All temporary folders that stand there now."""
    return sorted(root.glob("*.*.*"))


def in_use(folder: Path) -> bool:
    """Whether the process that made it still runs. What has this process's number and is not its
    own was left by an earlier one of the same number, as in containers, which count from 1."""
    process = folder.name.split(".")[-2]
    return folder.resolve() in _mine if process == str(os.getpid()) else is_alive(process)


def _made(purpose: str, root: Path) -> Path:
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    sweep(root, "" if root == SCRATCH else f"{purpose}.")
    name = tempfile.mkdtemp(prefix=f"{purpose}.{os.getpid()}.", dir=root.resolve())
    _mine.add(Path(name))
    return Path(name)
