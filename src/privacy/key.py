"""The secret from which pseudonyms follow, from the environment or a file only its owner can read.

It is never printed, logged or put into an error; a one-way fingerprint stands for it.
"""

import hmac
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from src.core.errors import KehuError
from src.core.process import home

VARIABLE = "KEHU_KEY"
FILE_VARIABLE = "KEHU_KEY_FILE"
DEFAULT_FILE = Path(".kehu/key")
SHORTEST = 32
# Of the simulated bank, which has nobody to protect: so its ledger is the same on every machine.
PUBLIC = "public"
PUBLIC_KEY = b"kehu-public-key-of-the-simulated-bank-protects-nobody"
_FINGERPRINT = b"kehu fingerprint of a key"
_FEWEST_DISTINCT = 8


class SecretError(KehuError):
    """The key is missing, too short or readable by others. The message never holds the key."""


def load_key(environment: Mapping[str, str] = os.environ, file: Path | None = None) -> bytes:
    """The key: $KEHU_KEY, else the file that $KEHU_KEY_FILE names, else `file` (by default
    .kehu/key of the project).

    Blanks around it do not count. At least 32 bytes. Raises SecretError if there is none, if it is
    shorter, if it is the public one, or if others than the file's owner may read the file.
    """
    file = file or home() / DEFAULT_FILE
    if environment.get(VARIABLE):
        return _checked(environment[VARIABLE].encode(), f"${VARIABLE}")
    if environment.get(FILE_VARIABLE):
        return _from_file(Path(environment[FILE_VARIABLE]), f"${FILE_VARIABLE}: ")
    if file.exists():
        return _from_file(file, "")
    raise SecretError(
        f"no key for pseudonyms: found neither ${VARIABLE} nor ${FILE_VARIABLE} nor {file}; "
        f"expected a secret of at least {SHORTEST} bytes in one of them. "
        "Run `kehu privacy init` to make one, once for a bank and not once for a run: "
        "another key gives other pseudonyms."
    )


def make_key(file: Path = DEFAULT_FILE) -> None:
    """Write a new key, 256 bits from the system's randomness, that only its owner can read.

    Raises SecretError if the file exists: what was made with the old key would be lost.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SecretError(
            f"{file}: there is a key already; expected none. Pseudonyms made with it can't be made "
            "again without it: keep it, or move it away yourself if it is not in use."
        ) from None
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(32) + "\n")


def fingerprint(key: bytes) -> str:
    """16 hex digits that tell one key from another and do not lead back to it.

    >>> fingerprint(b"0123456789abcdef0123456789abcdef")
    '2a4cb4f0e23d0422'
    """
    return hmac.digest(key, _FINGERPRINT, "sha256").hex()[:16]


def _from_file(path: Path, origin: str) -> bytes:
    try:
        with path.open("rb") as stream:
            # of the opened file, so that no other can take its place in between
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            content = stream.read()
    except OSError as error:
        raise SecretError(
            f"{origin}{path}: {error.strerror}; expected a readable file with the key. "
            f"Correct the path, or run `kehu privacy init` if there is no key yet."
        ) from None
    if mode & 0o077:
        raise SecretError(
            f"{origin}{path}: others than its owner have access (mode {mode:03o}); expected 600. "
            f"Run `chmod 600 {path}`, and think of the key as known if others use this machine."
        )
    return _checked(content, f"{origin}{path}")


def _checked(content: bytes, where: str) -> bytes:
    key = content.strip()
    remedy = "Run `kehu privacy init` for a good one, or give 64 random hex digits."
    if len(key) < SHORTEST:
        raise SecretError(
            f"{where}: the key has {len(key)} bytes; expected at least {SHORTEST}. {remedy}"
        )
    if key == PUBLIC_KEY:
        raise SecretError(
            f"{where}: this is the public key of the simulated bank; expected a secret. {remedy}"
        )
    if len(set(key)) < _FEWEST_DISTINCT:
        raise SecretError(
            f"{where}: the key repeats {len(set(key))} characters; expected a random one. {remedy}"
        )
    return key
