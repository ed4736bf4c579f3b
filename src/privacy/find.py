"""From a pseudonym to the records and the account behind it, and back."""

from src.privacy.people import UnknownCustomerError, look_up, require_key
from src.privacy.vault import Vault


def find(who: str, vault: Vault, key: bytes) -> str:
    """What the vault knows of a pseudonym, a record, a customer number or an account number.

    One line per finding: numbers and pseudonyms alone, no names. Nothing is logged. Raises
    UnknownCustomerError if the vault knows nothing of it.
    """
    require_key(vault, key)
    for column in ("account", "account_id"):
        rows = vault.rows("accounts", column, [who]).to_pylist()
        if rows:
            return "\n".join(f"account {r['account']} = {r['account_id']}" for r in rows)
    try:
        person = look_up(who, vault, key)
    except UnknownCustomerError as error:
        raise UnknownCustomerError(f"{error} An account number will do as well.") from None
    before = [f"before a merge: {other}" for other in person.pseudonyms[1:]]
    return "\n".join(
        [f"customer {person.customer_id}", *before, *map("record {}".format, person.records)]
    )
