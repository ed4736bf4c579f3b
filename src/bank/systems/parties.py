"""Customers as core banking and the brokerage know them: in pinyin, and by Chinese name."""

import numpy as np

from src.bank.calendar import Calendar
from src.bank.customers.identity import Identities
from src.bank.customers.people import People
from src.bank.customers.spelling import NAME_ORDERS, latin_names
from src.bank.files.columns import formatted
from src.bank.files.deliveries import Style
from src.bank.files.sheet import Sheet
from src.bank.systems.customer_sheets import (
    Versions,
    birth_column,
    chinese,
    home_column,
    id_column,
    phone_column,
    rates_of_faults,
    spoil_births,
    spoil_homes,
    spoil_ids,
    spoil_names,
    spoil_phones,
)
from src.bank.systems.records import DAY, Records, make_records
from src.core.params.simulation import MessParams

CORE = Style(byte_order_mark=True)
BROKERAGE = Style(delimiter=";")


def core_records(
    rng: np.random.Generator, who: Identities, people: People, mess: MessParams, calendar: Calendar
) -> Records:
    """One for each customer, minutes before the first deposit; none without any match key."""
    n = len(people)
    rates = rates_of_faults(mess)
    opened = calendar.second(people.joined_day) + rng.integers(8 * 3600 + 1800, 9 * 3600, n)
    return make_records(
        rng,
        "core",
        "",
        10,
        np.arange(n),
        opened,
        who,
        {fault: rate for fault, rate in rates.items() if fault not in ("no_key", "respelt_name")},
        former=mess.other_phone,
        told=0.5,
        corrected=mess.corrected / 2,
        period=_period(calendar),
    )


def core_sheet(versions: Versions, people: People, calendar: Calendar) -> Sheet:
    """Versions as rows of core/parties."""
    person, record = versions.person, versions.record
    order = versions.key % NAME_ORDERS
    sheet = Sheet(
        {
            "cif_no": versions.records.names(record),
            "name": latin_names(versions.who, person, order),
            "cert_no": id_column(versions),
            "tel": phone_column(versions, versions.key // 16 % 4),
            "birth": birth_column(versions, "%d/%m/%Y"),
            "addr": home_column(versions, style=1),
            "opened": formatted(calendar.second(people.joined_day[person]), "%d/%m/%Y"),
            "changed_at": formatted(versions.at, "%d/%m/%Y %H:%M:%S"),
        }
    )
    spoil_births(versions, sheet, "birth", "%d/%m/%Y", "%m/%d/%Y", id_known=True)
    spoil_ids(versions, sheet, "cert_no")
    spoil_names(versions, sheet, "name")
    spoil_phones(versions, sheet, "tel")
    spoil_homes(versions, sheet, "addr")
    return sheet


def brokerage_records(
    rng: np.random.Generator, who: Identities, people: People, mess: MessParams, calendar: Calendar
) -> Records:
    """One for each customer who invests, within days of joining; never brought up to date."""
    person = np.flatnonzero(people.invests)
    joined = calendar.second(people.joined_day[person])
    rates = rates_of_faults(mess)
    return make_records(
        rng,
        "brokerage",
        "B",
        8,
        person,
        joined + rng.integers(10 * 3600, 20 * DAY, len(person)),
        who,
        {fault: rate for fault, rate in rates.items() if fault not in ("id_typo", "missing_id")},
        former=mess.other_phone,
        told=0.0,
        corrected=0.0,
        period=_period(calendar),
    )


def brokerage_sheet(versions: Versions) -> Sheet:
    """Versions as rows of brokerage/clients, which has no time of its own."""
    sheet = Sheet(
        {
            "client_no": versions.records.names(versions.record),
            "client_name": chinese(versions),
            "phone": phone_column(versions),
            "birth": birth_column(versions, "%Y/%m/%d"),
            "addr": home_column(versions, style=2),
        }
    )
    spoil_births(versions, sheet, "birth", "%Y/%m/%d", "%Y/%d/%m", id_known=False)
    spoil_names(versions, sheet, "client_name")
    spoil_phones(versions, sheet, "phone")
    spoil_homes(versions, sheet, "addr")
    return sheet


def _period(calendar: Calendar) -> tuple[int, int]:
    start, end = calendar.second(calendar.month_days[[0, -1]]).tolist()
    return start, end
