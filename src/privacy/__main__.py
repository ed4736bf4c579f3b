"""`python -m src.privacy init` makes a key; `… find WHO` looks a customer up in the vault."""

import sys
from pathlib import Path

from src.core.errors import KehuError, run_command
from src.privacy.find import find
from src.privacy.key import DEFAULT_FILE, fingerprint, load_key, make_key
from src.privacy.vault import open_vault

VAULT = Path("data/vault")
_USAGE = (
    "expected `python -m src.privacy init` to make a key, or `python -m src.privacy find WHO` "
    "with a pseudonym (K…), a record (crm:C0000042) or an account number."
)


def main() -> None:
    """Make a key, or print who stands behind a pseudonym or a record."""
    match sys.argv[1:]:
        case ["init"]:
            make_key()
            print(
                f"{DEFAULT_FILE}: a new key, fingerprint {fingerprint(load_key({}))}. Keep a copy "
                "in a safe place: without it no customer can be found, and no pseudonym made again."
            )
        case ["find", who]:
            print(find(who, open_vault(VAULT), load_key()))
        case found:
            raise KehuError(f"found {' '.join(found) or 'no command'!r}; {_USAGE}")


if __name__ == "__main__":
    run_command(main)
