"""From a pseudonym, a number or a detail to the records and the account behind it, and back."""

from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from src.privacy.accesses import note_access
from src.privacy.people import UnknownCustomerError, look_up, require_key
from src.privacy.vault import DETAILS, Vault

_SHORTEST = 2


@dataclass(frozen=True)
class Found:
    """text: one line per finding. pseudonyms: of the customers and accounts in it."""

    text: str
    pseudonyms: tuple[str, ...]


def find_noted(who: str, vault: Vault, key: bytes, now: datetime) -> Found:
    """`find`, and a line in the log of looks. Nothing is returned that is not noted; that nothing
    was found is noted as well."""
    try:
        found = find(who, vault, key)
    except UnknownCustomerError:
        note_access(key, "find", (), now)
        raise
    note_access(key, "find", found.pseudonyms, now)
    return found


def find(who: str, vault: Vault, key: bytes) -> Found:
    """What the vault knows of a pseudonym, a record, a customer number or an account number, or of
    a name, phone, address, identity number or e-mail address, letter by letter and digit by digit.

    Numbers and pseudonyms alone, no names. Raises UnknownCustomerError if the vault knows nothing
    of it.
    """
    require_key(vault, key)
    for column in ("account", "account_id"):
        rows = vault.rows("accounts", column, [who]).to_pylist()
        if rows:
            lines = [f"account {r['account']} = {r['account_id']}" for r in rows]
            return Found("\n".join(lines), tuple(r["account_id"] for r in rows))
    try:
        person = look_up(who, vault, key)
    except UnknownCustomerError as error:
        told = _told_by_detail(who, vault)
        if not told:
            raise UnknownCustomerError(
                f"{error} An account number, or a name, phone, address, identity number or e-mail "
                "address in the source's spelling will do as well, where the source tells them."
            ) from None
        lines = [f"customer {c} by {', '.join(sorted(kinds))}" for c, kinds in sorted(told.items())]
        return Found("\n".join(lines), tuple(sorted(told)))
    before = [f"before a merge: {other}" for other in person.pseudonyms[1:]]
    lines = [f"customer {person.customer_id}", *before, *map("record {}".format, person.records)]
    return Found("\n".join(lines), person.pseudonyms)


def _told_by_detail(who: str, vault: Vault) -> dict[str, set[str]]:
    """Customer -> the kinds of detail by which it is meant."""
    wanted = _letters(pa.array([who], pa.string()))[0].as_py()
    found: dict[str, set[str]] = {}
    if len(wanted) < _SHORTEST:
        return found
    identities = vault.table("identities")
    for kind in DETAILS:
        rows = identities.filter(pc.equal(_letters(identities[kind]), wanted))
        for customer in rows["customer_id"].to_pylist():
            found.setdefault(customer, set()).add(kind)
    return found


def _letters(texts: pa.Array) -> pa.Array:
    """Letters and digits alone, small, of full width as of narrow."""
    plain = pc.utf8_lower(pc.utf8_normalize(texts, form="NFKC"))
    return pc.replace_substring_regex(plain, pattern=r"[^\p{L}\p{N}]", replacement="")
