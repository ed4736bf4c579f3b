"""Errors that tell where, what was found, what was expected and what to do.

Every error that a user can cause is a KehuError; anything else is a defect of ours and keeps its
traceback.
"""

import difflib
import errno
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar, NoReturn

_NO_MEMORY = re.compile(r"out of memory", re.IGNORECASE)
_NO_SPACE = re.compile(r"no space left|disk quota exceeded|out of disk|disk is full", re.IGNORECASE)


class KehuError(Exception):
    """An input, a setting or the environment is wrong, and the message says how to mend it.

    exit_status: of a command that ends with it.
    """

    exit_status: ClassVar[int] = 1


class ConfigError(KehuError):
    """params.yaml or a file under configs/ is missing, malformed or contradicts itself."""


class SourceError(KehuError):
    """A raw extract or its mapping can't be read as declared."""


class LedgerError(KehuError):
    """A ledger table breaks its schema."""


class QualityError(KehuError):
    """A delivery falls below a gate of params.yaml."""


class FeatureError(KehuError):
    """A feature, a spine or a label can't be computed as asked."""


class ModelError(KehuError):
    """A model can't be trained, judged, saved or loaded."""


class RequestError(KehuError):
    """A request to the endpoint is not acceptable.

    field: path of the offending field, such as "customers[0].transactions[3].kind".
    """

    def __init__(
        self, field: str, found: str, expected: str, status: int = 422, hint: str = ""
    ) -> None:
        super().__init__(f"{field}: found {found}; expected {expected}. {hint}".rstrip())
        self.field, self.found, self.expected = field, found, expected
        self.status, self.hint = status, hint


def nearest(name: str, known: Iterable[str]) -> str:
    """A phrase naming the closest known name, or all of them if none is close.

    >>> nearest("n_trails", ["n_trials", "seed"])
    "Did you mean 'n_trials'?"
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    return f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(names) or 'none'}."


def run_command(main: Callable[[], None]) -> NoReturn:
    """Run a command's main; a KehuError, a full disk or memory becomes one line on stderr and exit
    status 1, or the error's own.

    Set KEHU_DEBUG=1 to see the traceback of those as well.
    """
    try:
        main()
    except Exception as error:
        if os.environ.get("KEHU_DEBUG") == "1":
            raise
        told = str(error) if isinstance(error, KehuError) else None
        message = _full_disk(error) or _full_memory(error) or told
        if message is None:
            raise
        print(f"error: {message}", file=sys.stderr)
        sys.exit(error.exit_status if isinstance(error, KehuError) else 1)
    sys.exit(0)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and those that it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _full_disk(error: BaseException) -> str | None:
    """What to tell if the error, or one that it came from, is a disk without space: Python says so
    by number, engines in words."""
    for cause in _causes(error):
        by_number = isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT)
        if by_number or _NO_SPACE.search(str(cause)):
            place = getattr(cause, "filename", None)
            return (
                f"{f'{place}: ' if place else ''}no space left on the disk ({_first_line(cause)}). "
                "What was there before is as it was. Make room for the project's folder, then "
                "run the command again."
            )
    return None


def _full_memory(error: BaseException) -> str | None:
    """What to tell if the error, or one that it came from, is the engine's limit of memory or the
    machine's."""
    for cause in _causes(error):
        if isinstance(cause, MemoryError) or _NO_MEMORY.search(str(cause)):
            return (
                f"not enough memory ({_first_line(cause)}). What was there before is as it was. "
                "Raise memory_limit in params.yaml (of `integrate` for integration and quality, of "
                "`engine` for what follows), or lower threads there, then run the command again."
            )
    return None


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
