"""The list of erased customers: keyed hashes of their numbers, so that the list tells nobody.

erased.json, version 1: `key`, the fingerprint of the key that made the hashes (null while the list
is empty); `customers`, `records` and `accounts`, sorted hashes of pseudonyms, of customer numbers
and of account numbers. A number is hashed with its source and, for records, its system: once under
the system's name and once under none, for raw columns that no system owns.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from src.core.errors import KehuError
from src.core.files import read_json, write_json
from src.privacy.key import fingerprint
from src.privacy.pseudonym import hash_state, keyed_hashes

VERSION = 1
ANY_SYSTEM = ""
_DIGITS = 32


@dataclass(frozen=True)
class Erased:
    """Who is erased. Sets of hashes that only the key can compare with a number."""

    key: bytes = field(repr=False)
    customers: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.customers or self.records or self.accounts)

    def holds_customer(self, pseudonym: str) -> bool:
        """Whether this pseudonym was erased."""
        return self.hashes_of([pseudonym])[0] in self.customers

    def hashes_of(self, pseudonyms: Iterable[str]) -> list[str]:
        """The hash of each pseudonym, as it stands on the list: whoever has the key can ask
        whether it is somebody's, and nobody can tell from it who that is."""
        return _hashes(self.key, "customer", pseudonyms)

    def record_test(self, source: str, system: str) -> Callable[[str], bool]:
        """A test of whether a customer number of a system is erased; ANY_SYSTEM: of whichever."""
        return _member(self.key, "record", f"{source}\0{system}\0", self.records)

    def account_test(self, source: str) -> Callable[[str], bool]:
        """A test of whether an account number is erased."""
        return _member(self.key, "account", f"{source}\0", self.accounts)

    def with_customer(
        self,
        source: str,
        pseudonyms: Iterable[str],
        records: Iterable[tuple[str, str]],
        accounts: Iterable[str],
    ) -> "Erased":
        """The list with one customer more, or with several. records: (system, number)."""
        places = {f"{source}\0{s}\0{number}" for own, number in records for s in (own, ANY_SYSTEM)}
        owned = (f"{source}\0{number}" for number in accounts)
        return Erased(
            self.key,
            self.customers | {*self.hashes_of(pseudonyms)},
            self.records | {*_hashes(self.key, "record", places)},
            self.accounts | {*_hashes(self.key, "account", owned)},
        )


def load_erased(path: Path, key: bytes) -> Erased:
    """The list at `path`; an empty one if there is no such file.

    Raises KehuError if it is damaged, of another version or made with another key: the customers
    on it would come back unseen.
    """
    if not path.exists():
        return Erased(key)
    content = read_json(path)
    lists = ("customers", "records", "accounts")
    if not isinstance(content, dict) or {"version", "key", *lists} != content.keys():
        raise KehuError(
            f"{path}: not a list of erased customers; expected the keys version, key, "
            f"{', '.join(lists)}. Take the file from a backup: without it the customers come back."
        )
    if content["version"] != VERSION:
        raise KehuError(
            f"{path}: found version {content['version']!r}; expected {VERSION}. "
            "Use the release of Kehu that wrote it."
        )
    hashes = {name: frozenset(map(str, content[name])) for name in lists}
    if any(hashes.values()) and content["key"] != fingerprint(key):
        raise KehuError(
            f"{path}: made with another key (fingerprint {content['key']}, of the present key "
            f"{fingerprint(key)}), so erased customers would come back unseen. Use the key that "
            "made the list; to change the key, take the erased rows out of the originals first and "
            "start an empty list."
        )
    return Erased(key, **hashes)


def save_erased(path: Path, erased: Erased) -> None:
    """Write the list, aside and then renamed. The same list gives the same bytes."""
    content: dict[str, Any] = {
        "version": VERSION,
        "key": fingerprint(erased.key) if erased else None,
        "customers": sorted(erased.customers),
        "records": sorted(erased.records),
        "accounts": sorted(erased.accounts),
    }
    write_json(path, content)


def _member(key: bytes, kind: str, place: str, known: frozenset[str]) -> Callable[[str], bool]:
    wanted = frozenset(map(bytes.fromhex, known))
    start = hash_state(key, f"erased {kind}", place)

    def is_known(value: str) -> bool:
        state = start.copy()
        state.update(value.encode("utf-8", "surrogatepass"))
        return state.digest()[: _DIGITS // 2] in wanted

    return is_known if known else lambda _value: False


def _hashes(key: bytes, kind: str, values: Iterable[str]) -> list[str]:
    found = keyed_hashes(key, f"erased {kind}", values)
    return [one.hex()[:_DIGITS] for one in found if one is not None]
