"""The CRM: customers with their attributes, in GBK."""

from collections.abc import Sequence

import numpy as np

from src.bank.calendar import Calendar, Flags, Ints
from src.bank.customers import people as crm
from src.bank.customers.identity import Identities
from src.bank.customers.people import People
from src.bank.customers.places import LATIN_PROVINCES, PROVINCES, SHORT_PROVINCES
from src.bank.files.columns import formatted
from src.bank.files.deliveries import Style
from src.bank.files.sheet import Sheet
from src.bank.files.texts import Texts, blanked, numbered, picked
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
from src.bank.systems.records import Records, make_records
from src.core.params.simulation import MessParams

STYLE = Style(encoding="gbk")
ATTRIBUTES = ("sex", "province", "occupation", "industry", "marital", "dependants", "income_class")


def crm_records(
    rng: np.random.Generator, who: Identities, people: People, mess: MessParams, calendar: Calendar
) -> Records:
    """One record for each customer at the hour of joining; some come a second time later on."""
    n = len(people)
    start, end = (int(second) for second in calendar.second(calendar.month_days[[0, -1]]))
    joined = calendar.second(people.joined_day) + rng.integers(8 * 3600, 8 * 3600 + 1800, n)
    twice = np.flatnonzero(rng.random(n) < mess.crm_duplicates)
    since = np.maximum(joined[twice], start - 200 * 86_400) + 86_400
    again = since + (rng.random(len(twice)) * (end - since)).astype(np.int64)
    rates = rates_of_faults(mess) | {"wrong_income": mess.wrong_attribute}
    rates |= {f"missing_{name}": mess.missing_attribute for name in ATTRIBUTES}
    return make_records(
        rng,
        "crm",
        "C",
        7,
        np.concatenate([np.arange(n), twice]),
        np.concatenate([joined, again]),
        who,
        {fault: rate for fault, rate in rates.items() if fault not in ("no_key", "respelt_name")},
        former=0.0,
        told=0.9,
        corrected=mess.corrected,
        period=(start, end),
        mended_always=("wrong_income",),
    )


def crm_sheet(versions: Versions, people: People, calendar: Calendar) -> Sheet:
    """Versions as rows of crm/customers."""
    person, record = versions.person, versions.record
    firm = people.company[person]
    joined = calendar.second(people.joined_day[person])
    columns = {
        "cust_no": versions.records.names(record),
        "cust_type": picked(("P", "E"), firm.astype(np.int64)),
        "name": chinese(versions),
        "id_no": id_column(versions),
        "mobile": phone_column(versions),
        "address": home_column(versions, style=0),
        "born": birth_column(versions, "%Y%m%d"),
        "sex": blanked(picked(("M", "F"), people.female[person].astype(np.int64)), firm),
        "province": _provinces(people.region[person], versions.key),
        "occupation": blanked(picked(crm.OCCUPATIONS, people.occupation[person]), firm),
        "industry": blanked(picked(crm.INDUSTRIES, people.industry[person]), ~firm),
        "marital": blanked(picked(crm.MARITAL, people.marital[person]), firm),
        "dependants": blanked(numbered(people.dependants[person]), firm),
        "income_class": picked(tuple("ABCDE"), people.income_band[person] - 1),
        "client_since": formatted(joined, "%Y-%m-%d"),
        "changed_at": formatted(versions.at, "%Y-%m-%d %H:%M:%S"),
    }
    sheet = Sheet(columns)
    _spoil_attributes(versions, sheet, firm)
    spoil_births(versions, sheet, "born", "%Y%m%d", "%Y%d%m", id_known=True)
    spoil_ids(versions, sheet, "id_no")
    spoil_names(versions, sheet, "name")
    spoil_phones(versions, sheet, "mobile")
    spoil_homes(versions, sheet, "address")
    return sheet


def _provinces(region: Ints, key: Ints) -> Texts:
    """Written in full, short or in pinyin, as the branch pleases."""
    spellings: Sequence[tuple[str, ...]] = (PROVINCES, SHORT_PROVINCES, LATIN_PROVINCES)
    return np.array(spellings, dtype=object)[np.digitize(key % 100, [70, 92]), region]


def _spoil_attributes(versions: Versions, sheet: Sheet, firm: Flags) -> None:
    """Gaps, of which the identity number fills the sex and the address the province, and income
    classes that are corrected later."""
    id_known = ~(versions.lacks("missing_id") | versions.has("id_typo"))
    recoverable = {"sex": id_known, "province": ~versions.lacks("missing_address")}
    wrong = versions.has("wrong_income") & ~versions.has("missing_income_class")
    classes = sheet.texts("income_class", wrong)
    other = np.array(["BCDEA"["ABCDE".index(c)] for c in classes], dtype=object)
    sheet.spoil("income_class", wrong, "wrong_attribute", other)
    for name in ATTRIBUTES:
        applies = firm if name == "industry" else ~firm
        applies = applies | (name in ("province", "income_class"))
        known = recoverable.get(name, np.zeros(len(firm), dtype=np.bool_))
        sheet.spoil(name, versions.has(f"missing_{name}") & applies, "missing", None, True, known)
