"""Errors that tell where, what was found, what was expected and what to do.

Every error that a user can cause is a KehuError; anything else is a defect of ours and keeps its
traceback.
"""

import difflib
import os
import sys
from collections.abc import Callable, Iterable
from typing import NoReturn


class KehuError(Exception):
    """An input, a setting or the environment is wrong, and the message says how to mend it."""


class ConfigError(KehuError):
    """params.yaml or a file under configs/ is missing, malformed or contradicts itself."""


class SourceError(KehuError):
    """A raw extract or its mapping can't be read as declared."""


class LedgerError(KehuError):
    """A ledger table breaks its schema."""


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
    """Run a command's main; a KehuError becomes one line on stderr and exit status 1.

    Set KEHU_DEBUG=1 to see the traceback of a KehuError as well.
    """
    try:
        main()
    except KehuError as error:
        if os.environ.get("KEHU_DEBUG") == "1":
            raise
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    sys.exit(0)
