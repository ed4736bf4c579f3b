"""Callers as the contact centre knows them: taken down when they first get in touch.

Some give an account number to be authenticated, in the phone menu or to the agent; its last four
digits are kept, as call centres do who must not keep card numbers in full.
"""

from dataclasses import replace

import numpy as np

from src.bank.accounts.numbers import account_numbers
from src.bank.calendar import Calendar, Ints
from src.bank.customers.identity import NEVER, Identities
from src.bank.customers.spelling import mistyped
from src.bank.files.sheet import Sheet
from src.bank.files.texts import Texts, blanked
from src.bank.systems.customer_sheets import (
    Versions,
    birth_column,
    chinese,
    phone_column,
    rates_of_faults,
    spoil_births,
    spoil_names,
    spoil_phones,
)
from src.bank.systems.records import Records, make_records
from src.core.params.simulation import MessParams

SECOND_IN = 3
TAIL = 4


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
        rates = rates_of_faults(mess) | {"no_birth": mess.caller_without_birth}
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
        given = {
            "no_account": mess.caller_without_account,
            "account_typo": mess.account_typo,
            "others_account": mess.others_account,
        }
        faults = {fault: rng.random(len(person)) < rate for fault, rate in given.items()}
        self._records = replace(
            self._records,
            number=np.full(len(person), -1),
            faults={**self._records.faults, **faults},
        )
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


def callers_sheet(versions: Versions, places: Ints) -> Sheet:
    """Versions as rows of contact/callers. places: of each customer's account."""
    no_birth = versions.has("no_birth") | versions.has("no_key")
    instants = versions.at.astype("datetime64[s]")
    sheet = Sheet(
        {
            "caller_id": versions.records.names(versions.record),
            "name": chinese(versions),
            "phone": phone_column(versions, versions.key // 16 % 2),
            "birth": blanked(birth_column(versions, "%Y-%m-%d"), no_birth),
            "account_tail": blanked(_tails(places[versions.person]), versions.lacks("no_account")),
            "first_contact": np.char.add(np.datetime_as_string(instants, unit="s"), "Z"),
        }
    )
    spoil_births(versions, sheet, "birth", "%Y-%m-%d", "%Y-%d-%m", False, ~no_birth)
    spoil_names(versions, sheet, "name")
    spoil_phones(versions, sheet, "phone")
    _spoil_tails(versions, sheet, places)
    return sheet


def _tails(places: Ints) -> Texts:
    """The last digits of account numbers."""
    return np.array([number[-TAIL:] for number in account_numbers(places)], dtype=object)


def _spoil_tails(versions: Versions, sheet: Sheet, places: Ints) -> None:
    """Accounts of others in the household, for whom people call, and slips of the keys."""
    given = ~versions.lacks("no_account")
    other = versions.who.housemates()[versions.person]
    theirs = given & versions.has("others_account") & (other != versions.person)
    tails = _tails(places[other[theirs]])
    sheet.spoil("account_tail", theirs, "others_account", tails, False, False)
    wrong = given & versions.has("account_typo") & ~theirs
    slips = mistyped(sheet.texts("account_tail", wrong), versions.key[wrong], 0)
    sheet.spoil("account_tail", wrong, "account_typo", slips, False, False)
