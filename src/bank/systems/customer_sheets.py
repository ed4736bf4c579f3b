"""What customer records of the systems have in common: names, numbers, phones, births, homes."""

from dataclasses import dataclass

import numpy as np

from src.bank.calendar import DAY_SECONDS, Flags, Ints
from src.bank.customers.identity import Identities
from src.bank.customers.spelling import (
    chinese_names,
    homes,
    id_texts,
    misspelt,
    mistyped,
    phone_texts,
    phones,
    respelt,
)
from src.bank.files.sheet import Sheet
from src.bank.files.texts import Texts, dated, mixed
from src.bank.systems.records import Records
from src.core.params.simulation import MessParams

CENTURY = 100 * 365 * DAY_SECONDS


def rates_of_faults(mess: MessParams) -> dict[str, float]:
    """Share of a system's records by fault; systems add or leave out some."""
    return {
        "no_key": mess.no_key,
        "respelt_name": mess.respelt_name,
        "name_typo": mess.name_typo,
        "phone_typo": mess.phone_typo,
        "id_typo": mess.id_typo,
        "missing_phone": mess.missing_phone,
        "missing_id": mess.missing_id,
        "missing_birth": mess.missing_birth,
        "missing_address": mess.missing_address,
        "swapped_birth": mess.swapped_birth,
        "impossible_birth": mess.impossible_birth,
    }


@dataclass(frozen=True)
class Versions:
    """Versions of a system's records: which record, and the instant at which each began."""

    who: Identities
    records: Records
    record: Ints
    at: Ints

    @property
    def person(self) -> Ints:
        """Whose they are."""
        return self.records.person[self.record]

    @property
    def key(self) -> Ints:
        """A number that decides on slips: the same in all versions of a record."""
        return mixed(self.record, self.who.salt + len(self.records.system))

    def has(self, fault: str) -> Flags:
        """Which versions have a fault; False for faults that the system does not know."""
        if fault not in self.records.faults:
            return np.zeros(len(self.record), dtype=np.bool_)
        return self.records.faulty(fault, self.record, self.at)

    def lacks(self, fault: str) -> Flags:
        """Which versions lack a value, by itself or as one without any key."""
        return self.has(fault) | self.has("no_key")


def chinese(versions: Versions) -> Texts:
    """Chinese names; some in another spelling."""
    names: Texts = chinese_names(versions.who, versions.person)
    other = versions.has("respelt_name")
    names[other] = respelt(names[other], versions.key[other])
    return names


def spoil_names(versions: Versions, sheet: Sheet, column: str) -> None:
    """Slips of the pen, or of the keys."""
    wrong = versions.has("name_typo")
    slips = misspelt(sheet.texts(column, wrong), versions.key[wrong])
    sheet.spoil(column, wrong, "name_typo", slips, False, False)


def phone_column(versions: Versions, style: Ints | int = 0) -> Texts:
    """Phones as the system has them."""
    owner, slot = versions.records.phone(versions.who, versions.record, versions.at)
    number = phones(owner, slot, versions.who.salt)
    return phone_texts(number, np.broadcast_to(np.asarray(style), number.shape))


def spoil_phones(versions: Versions, sheet: Sheet, column: str) -> None:
    """Wrong digits and gaps."""
    wrong = versions.has("phone_typo") & ~versions.lacks("missing_phone")
    digits = ["".join(c for c in text if c.isdigit()) for text in sheet.texts(column, wrong)]
    plain = np.array([number[-11:] for number in digits], dtype=object)
    slips = mistyped(plain, versions.key[wrong], 3)
    sheet.spoil(column, wrong, "phone_typo", slips, False, False)
    sheet.spoil(column, versions.lacks("missing_phone"), "missing", recoverable=False)


def home_column(versions: Versions, style: int) -> Texts:
    """Addresses as the system has them, most in its own style."""
    owner, slot = versions.records.home(versions.who, versions.record, versions.at)
    return homes(versions.who, owner, slot, np.full(len(owner), style))


def spoil_homes(versions: Versions, sheet: Sheet, column: str) -> None:
    """Gaps."""
    sheet.spoil(column, versions.lacks("missing_address"), "missing", recoverable=False)


def id_column(versions: Versions) -> Texts:
    """Identity numbers."""
    return id_texts(versions.who, versions.person)


def spoil_ids(versions: Versions, sheet: Sheet, column: str) -> None:
    """Wrong digits, found by the check digit, and gaps."""
    wrong = versions.has("id_typo") & ~versions.lacks("missing_id")
    slips = mistyped(sheet.texts(column, wrong), versions.key[wrong], 2)
    sheet.spoil(column, wrong, "id_typo", slips, recoverable=False)
    sheet.spoil(column, versions.lacks("missing_id"), "missing", recoverable=False)


def spoil_births(
    versions: Versions,
    sheet: Sheet,
    column: str,
    style: str,
    swapped: str,
    id_known: bool,
    asked: Flags | bool = True,
) -> None:
    """Births after joining, with day and month swapped, and gaps. style, swapped: strftime.

    A swap shows where no such date exists or where the identity number says otherwise; id_known:
    the system has the number; asked: whether there is a date at all.
    """
    birth = versions.who.birth[versions.person]
    sound = ~(versions.lacks("missing_id") | versions.has("id_typo"))
    sound = sound & ~versions.who.company[versions.person] & id_known
    lacks = versions.lacks("missing_birth") & asked
    late = versions.has("impossible_birth") & ~lacks & asked
    future = dated(birth[late] + CENTURY, style)
    sheet.spoil(column, late, "impossible_birth", future, recoverable=sound)
    turned = versions.has("swapped_birth") & ~lacks & ~late & asked
    sheet.swap_day_and_month(column, turned, birth, swapped, sound)
    sheet.spoil(column, lacks, "missing", recoverable=sound)


def birth_column(versions: Versions, style: str) -> Texts:
    """Dates of birth, of companies their founding."""
    return dated(versions.who.birth[versions.person], style)
