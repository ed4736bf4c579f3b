"""What an erasure means before it begins: whose rows, how many, and what needs a person's eye."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from src.core.schemas import TABLES
from src.privacy.declared import Source
from src.privacy.erased import Erased
from src.privacy.erasure import Erasure
from src.privacy.numbers import numbers_of
from src.privacy.people import Person, who_shares
from src.privacy.redact import erased_rows
from src.privacy.vault import DETAILS, Vault

_SAME_PERSON = ("id_number", "phone", "email")


@dataclass(frozen=True)
class Plan:
    """What erasing some customers together takes out. records: by system. ledger: rows by table.
    raw: rows by file. shared_accounts: how many account numbers others use as well. alike: other
    customers who share a detail with one of them -> which kinds."""

    erasure: Erasure
    records: dict[str, int]
    ledger: dict[str, int]
    raw: dict[str, int]
    shared_accounts: int
    alike: dict[str, tuple[str, ...]]

    def __str__(self) -> str:
        lines = [f"customer {customer}" for customer in self.erasure.customers]
        for title, counts in (
            ("records by system", self.records),
            ("rows of the raw files", self.raw),
            ("rows of the ledger", self.ledger),
        ):
            lines.append(f"{title}:")
            lines += [f"  {name:<44} {count:>9,}" for name, count in sorted(counts.items())]
        if self.shared_accounts:
            lines.append(
                f"{self.shared_accounts} account numbers are used by other customers as well; "
                "rows that belong to an erased customer only by such an account stay."
            )
        for customer, kinds in sorted(self.alike.items()):
            lines.append(
                f"look at {customer}: it has the same {', '.join(kinds)}. If it is the same "
                "person, erase it as well; if not, what they share is not searched for."
            )
        return "\n".join(lines)


def make_plan(
    people: Sequence[Person], source: Source, raw: Path, ledger: Path, vault: Vault, erased: Erased
) -> Plan:
    """What erasing `people` together takes out. erased: the list as it stands, with its key.

    What only they share, such as a phone, is nobody else's and goes with them. Raises KehuError if
    the mapping does not tell whose a raw row is.
    """
    all_of_them = _together(people)
    account_ids, only_here = _accounts(ledger, all_of_them.pseudonyms)
    numbers = numbers_of(source, raw, all_of_them.records, _account_numbers(vault, only_here))
    shared = numbers.shared.union(_account_numbers(vault, account_ids - only_here))
    alike = who_shares(all_of_them, vault, DETAILS)
    erasure = Erasure(
        source=source.name,
        customers=tuple(person.customer_id for person in people),
        pseudonyms=all_of_them.pseudonyms,
        references=all_of_them.records,
        records=tuple(sorted(numbers.records)),
        accounts=tuple(sorted(numbers.accounts)),
        account_ids=tuple(sorted(only_here)),
        details={kind: alone(all_of_them, vault, kind) for kind in DETAILS},
    )
    systems = [system or source.name for system, _ in erasure.records]
    return Plan(
        erasure=erasure,
        records={system: systems.count(system) for system in sorted(set(systems))},
        ledger=_ledger_rows(ledger, all_of_them.pseudonyms),
        raw=erased_rows(source, raw, erasure.added_to(Erased(erased.key))),
        shared_accounts=len(shared),
        alike=_by_customer({kind: alike[kind] for kind in _SAME_PERSON if kind in alike}),
    )


def alone(person: Person, vault: Vault, kind: str) -> tuple[str, ...]:
    """The values of a detail that no other customer has: what can be searched for."""
    rows = vault.rows("identities", kind, person.details[kind])
    theirs = pc.is_in(rows["record"], value_set=pa.array(person.records, pa.string()))
    others = set(rows.filter(pc.invert(theirs))[kind].to_pylist())
    return tuple(value for value in person.details[kind] if value not in others)


def _together(people: Sequence[Person]) -> Person:
    """All that is known of several persons, as if they were one."""

    def union(parts: Iterable[Iterable[str]]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for part in parts for value in part))

    return Person(
        pseudonyms=union(person.pseudonyms for person in people),
        records=union(person.records for person in people),
        details={kind: union(person.details[kind] for person in people) for kind in DETAILS},
    )


def _by_customer(alike: dict[str, set[str]]) -> dict[str, tuple[str, ...]]:
    customers = set().union(*alike.values())
    return {c: tuple(kind for kind in alike if c in alike[kind]) for c in sorted(customers)}


def _accounts(ledger: Path, pseudonyms: Iterable[str]) -> tuple[set[str], set[str]]:
    """Pseudonyms of the accounts in the customer's rows, and those in nobody else's."""
    own: set[str] = set()
    others: set[str] = set()
    wanted = pa.array(list(pseudonyms), pa.string())
    for _, path in _tables(ledger, "account_id"):
        known = pc.field("account_id").is_valid()
        mine = pc.field("customer_id").isin(wanted)
        found = pq.read_table(path, columns=["account_id"], filters=mine & known)
        accounts = pc.unique(found["account_id"])
        own |= set(accounts.to_pylist())
        elsewhere = pc.field("account_id").isin(accounts) & ~mine
        shared = pq.read_table(path, columns=["account_id"], filters=elsewhere)
        others |= set(pc.unique(shared["account_id"]).to_pylist())
    return own, own - others


def _account_numbers(vault: Vault, account_ids: Iterable[str]) -> list[str]:
    numbers: list[str] = vault.rows("accounts", "account_id", account_ids)["account"].to_pylist()
    return numbers


def _ledger_rows(ledger: Path, pseudonyms: Iterable[str]) -> dict[str, int]:
    mine = pc.field("customer_id").isin(pa.array(list(pseudonyms), pa.string()))
    counts = {
        name: pq.read_table(path, columns=["customer_id"], filters=mine).num_rows
        for name, path in _tables(ledger, "customer_id")
    }
    return {name: count for name, count in counts.items() if count}


def _tables(ledger: Path, column: str) -> list[tuple[str, Path]]:
    return [
        (name, ledger / f"{name}.parquet")
        for name, table in TABLES.items()
        if any(known.name == column for known in table.columns)
    ]
