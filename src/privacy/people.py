"""Who one customer is in the vault: pseudonyms, records and details."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from src.core.errors import KehuError
from src.privacy.key import fingerprint
from src.privacy.mask import mask
from src.privacy.pseudonym import CUSTOMER, pseudonyms
from src.privacy.vault import DETAILS, Vault


@dataclass(frozen=True)
class Person:
    """One customer as the vault knows it.

    pseudonyms: the present one first, then those that its records had before they were merged into
    it. records: references such as crm:C1. details: kind of detail -> the values that its records
    have or had; they stay out of the repr.
    """

    pseudonyms: tuple[str, ...]
    records: tuple[str, ...]
    details: dict[str, tuple[str, ...]] = field(repr=False)

    @property
    def customer_id(self) -> str:
        """The pseudonym that stands now."""
        return self.pseudonyms[0]


class UnknownCustomerError(KehuError):
    """The vault knows no such customer."""


def look_up(who: str, vault: Vault, key: bytes) -> Person:
    """The customer behind a pseudonym, a record reference or a customer number alone.

    Raises UnknownCustomerError if nobody or more than one customer is meant, KehuError if the
    vault was made with another key.
    """
    require_key(vault, key)
    records = _records(who, vault)
    rows = vault.rows("cross_reference", "record", records).to_pylist()
    present = sorted({row["customer_id"] for row in rows if row["known_until"] is None})
    if len(present) != 1:
        found = f"{len(present)} customers ({', '.join(present)})" if present else "nobody"
        raise UnknownCustomerError(
            f"{vault.folder}: found {found}; expected one pseudonym (K and 20 characters) or one "
            f"record as the vault has it{_shape_of_a_record(vault)}."
        )
    own = sorted(set(vault.rows("cross_reference", "customer_id", present)["record"].to_pylist()))
    ever = vault.rows("cross_reference", "record", own)["customer_id"].to_pylist()
    details = vault.rows("identities", "record", own)
    return Person(
        pseudonyms=(present[0], *sorted(set(ever) - set(present))),
        records=tuple(own),
        details={kind: _distinct(details, kind) for kind in DETAILS},
    )


def present_pseudonym(who: str, vault: Vault, key: bytes) -> str:
    """The pseudonym of a customer; of an erased one, of whom the vault knows nothing, what was
    given, since nothing but the pseudonym leads to the looks at it."""
    try:
        return look_up(who, vault, key).customer_id
    except UnknownCustomerError:
        return who


def require_key(vault: Vault, key: bytes) -> None:
    """Raises KehuError if the vault was made with another key."""
    for customer in vault.table("cross_reference").slice(0, 1)["customer_id"].to_pylist():
        records = vault.rows("cross_reference", "customer_id", [customer])["record"].to_pylist()
        if customer not in pseudonyms(key, CUSTOMER, pa.array(records, pa.string())).to_pylist():
            raise KehuError(
                f"{vault.folder}: made with another key than the present one (fingerprint "
                f"{fingerprint(key)}). Use the key of the last run, or run `dvc repro`."
            )


def who_shares(person: Person, vault: Vault, kinds: Iterable[str]) -> dict[str, set[str]]:
    """Kind of detail -> other customers who have one of the person's values, letter by letter."""
    shared = {}
    for kind in kinds:
        rows = vault.rows("identities", kind, person.details[kind])
        others = rows.filter(pc.invert(pc.is_in(rows["record"], pa.array(person.records))))
        shared[kind] = set(others["customer_id"].to_pylist()) - set(person.pseudonyms)
    return {kind: customers for kind, customers in shared.items() if customers}


def _records(who: str, vault: Vault) -> list[str]:
    """The records that are meant: of a pseudonym, one reference, or of a number in any system."""
    for column in ("customer_id", "record"):
        found = vault.rows("cross_reference", column, [who])["record"].to_pylist()
        if found:
            return sorted(set(found))
    ending = pc.ends_with(pc.field("record"), f":{who}")
    return sorted(set(vault.where("cross_reference", ending)["record"].to_pylist()))


def _shape_of_a_record(vault: Vault) -> str:
    """What records look like in this vault, without showing one."""
    records = vault.table("cross_reference").slice(0, 1)["record"].to_pylist()
    if not records:
        return "; it has none"
    system, colon, number = records[0].rpartition(":")
    return f", such as {system}{colon}{mask(number, 'record')}"


def _distinct(table: pa.Table, column: str) -> tuple[str, ...]:
    return tuple(sorted({value for value in table[column].to_pylist() if value}))
