"""Who looked whom up, and when: one line for each look into the vault, for its owner's eyes alone.

A line holds keyed hashes in the place of customers, so that the log tells nobody who they are, and
can stay when they are erased.
"""

import json
import os
import platform
import pwd
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from src.core.errors import KehuError
from src.privacy.key import fingerprint
from src.privacy.pseudonym import keyed_hashes

FILE = Path(".kehu/accesses.jsonl")
_DIGITS = 32


@dataclass(frozen=True)
class Access:
    """One line. at: ISO 8601, UTC. user: of the operating system, behind sudo the one who called
    it. command: find or erase. customers: hashes of all that were shown. key: its fingerprint."""

    at: str
    user: str
    host: str
    command: str
    customers: tuple[str, ...]
    key: str

    def __str__(self) -> str:
        return f"{self.at}  {self.user}@{self.host}  {self.command}  {len(self.customers)} found"


def note_access(
    key: bytes, command: str, customers: Iterable[str], now: datetime, file: Path = FILE
) -> None:
    """Add a line about pseudonyms that are going to be shown or erased.

    Raises KehuError if it can't be written: what is not noted is not shown.
    """
    line = {
        "at": now.astimezone(UTC).isoformat(timespec="seconds"),
        "user": _user(),
        "host": platform.node(),
        "command": command,
        "customers": _hashes(key, customers),
        "key": fingerprint(key),
    }
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")
    except OSError as error:
        raise KehuError(
            f"{file}: {error.strerror}; expected a log to which a line can be added: "
            "nothing is shown that is not noted. Make the file writable for its owner."
        ) from error


def accesses(key: bytes, customer: str | None = None, file: Path = FILE) -> list[Access]:
    """The noted looks in their order: all, or those at which a pseudonym was shown.

    Raises KehuError if the log is damaged.
    """
    if not file.exists():
        return []
    wanted = set(_hashes(key, [customer] if customer else []))
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            content = json.loads(line)
            access = Access(**{**content, "customers": tuple(content["customers"])})
        except (ValueError, TypeError, KeyError) as error:
            raise KehuError(
                f"{file}:{number}: no line of the log; expected at, user, host, command, customers "
                "and key as JSON. Somebody changed it: compare it with a backup."
            ) from error
        if customer is None or wanted & set(access.customers):
            found.append(access)
    return found


def _hashes(key: bytes, customers: Iterable[str]) -> list[str]:
    found = keyed_hashes(key, "access", sorted(set(customers)))
    return [one.hex()[:_DIGITS] for one in found if one is not None]


def _user() -> str:
    user = os.getuid()
    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:
        name = str(user)
    caller = os.environ.get("SUDO_USER")
    return f"{caller} as {name}" if caller else name
