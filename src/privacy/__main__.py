"""`python -m src.privacy init` makes a key; `… find WHO` looks a customer up in the vault; `…
accesses [WHO]` tells who looked whom up."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from src.core.errors import KehuError, run_command
from src.privacy.accesses import Access, accesses, note_access
from src.privacy.find import find
from src.privacy.key import DEFAULT_FILE, fingerprint, load_key, make_key
from src.privacy.people import UnknownCustomerError, look_up
from src.privacy.vault import open_vault

VAULT = Path("data/vault")
_USAGE = (
    "expected `python -m src.privacy init` to make a key, `python -m src.privacy find WHO` with a "
    "pseudonym (K…), a record (crm:C0000042), an account number or a detail such as a phone, or "
    "`python -m src.privacy accesses` with or without a customer."
)


def main() -> None:
    """Make a key, print who stands behind a pseudonym or a detail, or who asked for it."""
    match sys.argv[1:]:
        case ["init"]:
            make_key()
            print(
                f"{DEFAULT_FILE}: a new key, fingerprint {fingerprint(load_key({}))}. Keep a copy "
                "in a safe place: without it no customer can be found, and no pseudonym made again."
            )
        case ["find", who]:
            _find(who)
        case ["accesses"]:
            _print_accesses(accesses(load_key()))
        case ["accesses", who]:
            _print_accesses(accesses(load_key(), _pseudonym(who)))
        case found:
            # not what was given beside the command: it may be somebody's name
            raise KehuError(f"found {found[0] if found else 'no command'!r}; {_USAGE}")


def _find(who: str) -> None:
    """Nothing is shown that is not noted; that nothing was found is noted as well."""
    key, now = load_key(), datetime.now(UTC)
    try:
        found = find(who, open_vault(VAULT), key)
    except UnknownCustomerError:
        note_access(key, "find", (), now)
        raise
    note_access(key, "find", found.pseudonyms, now)
    print(found.text)


def _print_accesses(found: list[Access]) -> None:
    print("\n".join(map(str, found)) or "Nobody was looked up.")


def _pseudonym(who: str) -> str:
    """Of an erased customer nothing but its pseudonym leads to the looks at it."""
    try:
        return look_up(who, open_vault(VAULT), load_key()).customer_id
    except UnknownCustomerError:
        return who


if __name__ == "__main__":
    run_command(main)
