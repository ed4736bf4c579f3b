"""Callers as the contact centre knows them: taken down when they first get in touch."""

from dataclasses import replace

import numpy as np

from src.core.params import MessParams
from src.sources.simulate.calendar import Calendar, Ints
from src.sources.simulate.customer_sheets import (
    Versions,
    birth_column,
    chinese,
    phone_column,
    rates_of_faults,
    spoil_births,
    spoil_names,
    spoil_phones,
)
from src.sources.simulate.identity import NEVER, Identities
from src.sources.simulate.records import Records, make_records
from src.sources.simulate.sheet import Sheet
from src.sources.simulate.texts import blanked

SECOND_IN = 3
WITHOUT_BIRTH = 0.6


class Callers:
    """Records of the contact centre. Who calls is not known before, so each customer has one in
    store, some two of which every third contact takes the second."""

    def __init__(
        self, rng: np.random.Generator, who: Identities, mess: MessParams, calendar: Calendar
    ) -> None:
        n = len(who)
        twice = np.flatnonzero(rng.random(n) < mess.second_caller)
        self._second: Ints = np.full(n, -1)
        self._second[twice] = n + np.arange(len(twice))
        rates = rates_of_faults(mess) | {"no_birth": WITHOUT_BIRTH}
        unknown = ("id_typo", "missing_id", "missing_address", "missing_birth")
        person = np.concatenate([np.arange(n), twice])
        start, end = calendar.second(calendar.month_days[[0, -1]]).tolist()
        self._records = make_records(
            rng,
            "contact",
            "T",
            8,
            person,
            np.full(len(person), NEVER),
            who,
            {fault: rate for fault, rate in rates.items() if fault not in unknown},
            former=mess.other_phone,
            told=0.0,
            corrected=0.0,
            period=(start, end),
        )
        self._records = replace(self._records, number=np.full(len(person), -1))
        self._known = 0

    @property
    def records(self) -> Records:
        """All of them; number -1 for those who have not called."""
        return self._records

    def called(self, customer: Ints, second: Ints) -> Ints:
        """The caller records of contacts in order of time; new ones get a number."""
        again = (second % SECOND_IN == 0) & (self._second[customer] >= 0)
        record = np.where(again, self._second[customer], customer)
        first, at = np.unique(record, return_index=True)
        new = self._records.number[first] < 0
        order = np.argsort(at[new])
        first, at = first[new][order], at[new][order]
        number, registered = self._records.number.copy(), self._records.registered.copy()
        number[first] = self._known + 1 + np.arange(len(first))
        registered[first] = second[at]
        self._known += len(first)
        self._records = replace(self._records, number=number, registered=registered)
        return record


def callers_sheet(versions: Versions) -> Sheet:
    """Versions as rows of contact/callers."""
    no_birth = versions.has("no_birth") | versions.has("no_key")
    instants = versions.at.astype("datetime64[s]")
    sheet = Sheet(
        {
            "caller_id": versions.records.names(versions.record),
            "name": chinese(versions),
            "phone": phone_column(versions, versions.key // 16 % 2),
            "birth": blanked(birth_column(versions, "%Y-%m-%d"), no_birth),
            "first_contact": np.char.add(np.datetime_as_string(instants, unit="s"), "Z"),
        }
    )
    spoil_births(versions, sheet, "birth", "%Y-%m-%d", "%Y-%d-%m", False, ~no_birth)
    spoil_names(versions, sheet, "name")
    spoil_phones(versions, sheet, "phone")
    return sheet
