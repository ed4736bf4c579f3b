"""Which raw columns say whose row it is: customer numbers, by system, and account numbers."""

import re
from dataclasses import dataclass
from typing import Literal

from src.privacy.declared import Source
from src.privacy.erased import ANY_SYSTEM
from src.privacy.origins import made_of, targets

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")
_OWNERS = ("customer_id", "account_id")


@dataclass(frozen=True)
class Owner:
    """A column that says whose row it is. systems: of records, whose customer numbers they are."""

    column: str
    kind: Literal["record", "account"]
    type: str
    systems: tuple[str, ...] = (ANY_SYSTEM,)


def owners(source: Source, file: str) -> tuple[Owner, ...]:
    """The columns of a file that say whose row it is.

    Those that are `private: record` or `private: account`, by their mark or because the ledger's
    customer_id or account_id comes from them alone, without the ones that only name the other side
    of a movement: that row belongs to somebody else.
    """
    found = []
    for name, column in source.files[file].columns.items():
        if column.private not in ("record", "account"):
            continue
        if _only_counterparty(source, file, name):
            continue
        if column.private == "account":
            found.append(Owner(name, "account", column.type))
        else:
            found.append(Owner(name, "record", column.type, _systems(source, file, name)))
    return tuple(found)


def as_named(value: object, kind: str) -> str:
    """A raw value of a column of type `kind` as the ledger names it: without blanks around it,
    whole numbers without zeros before them; "" for nothing."""
    text = "" if value is None else str(value).strip()
    return str(int(text)) if kind == "integer" and _WHOLE_NUMBER.fullmatch(text) else text


def _systems(source: Source, file: str, column: str) -> tuple[str, ...]:
    known = {i.system for i in source.identities if (i.file, i.id) == (file, column)}
    for entry, name, target in targets(source):
        if name == "customer_id" and target.system:
            known |= {target.system} if (file, column) in made_of(source, entry, target) else set()
    return tuple(sorted(known)) or (ANY_SYSTEM,)


def _only_counterparty(source: Source, file: str, column: str) -> bool:
    roles = {
        name
        for entry, name, target in targets(source)
        if (file, column) in made_of(source, entry, target)
    }
    return "counterparty" in roles and roles.isdisjoint(_OWNERS)
