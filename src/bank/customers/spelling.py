"""How names, homes, phones and identity numbers are written, and miswritten."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from src.bank.calendar import Ints
from src.bank.customers.characters import FIRM, GIVEN, INDUSTRY, SURNAMES, TRADITIONAL
from src.bank.customers.id_numbers import credit_codes, resident_numbers
from src.bank.customers.identity import Identities, home_district
from src.bank.customers.places import (
    DISTRICT_CITY,
    DISTRICTS,
    ESTATES,
    LATIN_PROVINCES,
    PROVINCES,
    ROADS,
    SHORT_PROVINCES,
)
from src.bank.files.texts import Texts, by_style, mixed, numbered, picked

PREFIXES = (
    *(130, 131, 132, 133, 135, 136, 137, 138, 139, 150, 151, 152, 153, 155, 157, 158, 159),
    *(173, 176, 177, 178, 180, 182, 183, 185, 186, 187, 188, 189, 199),
)
_NUMBERS = len(PREFIXES) * 10**8
_STEP = 1_836_311_903  # without a common factor with _NUMBERS, so that no two phones are alike
NAME_ORDERS = 6


def chinese_names(who: Identities, customer: Ints) -> Texts:
    """Names of people, and of companies: place, brand, industry and legal form."""
    firm, given = who.company[customer], who.given[customer]
    surname = picked(SURNAMES[0], who.surname[customer])
    person = surname + picked(GIVEN[0], given[:, 0]) + picked(GIVEN[0], given[:, 1])
    brand = _brand(who, customer, FIRM[0])
    place = picked(SHORT_PROVINCES, who.region[customer])
    company = place + brand + picked(INDUSTRY[0], who.industry[customer]) + "有限公司"
    return by_style(firm.astype(np.int64), (person, company))


def _brand(who: Identities, customer: Ints, names: tuple[str, ...]) -> Texts:
    brand = np.where(who.company[customer][:, None], who.given[customer], -1)
    parts: list[Texts] = [picked(names, brand[:, place]) for place in range(3)]
    return np.asarray(parts[0] + parts[1] + parts[2])


def latin_names(who: Identities, customer: Ints, order: Ints) -> Texts:
    """Names in pinyin, in one of NAME_ORDERS orders and cases."""
    firm, given = who.company[customer], who.given[customer]
    surname = picked(SURNAMES[1], who.surname[customer])
    first, second = picked(GIVEN[1], given[:, 0]), picked(GIVEN[1], given[:, 1])
    lower = np.array([text.lower() for text in second], dtype=object)
    joined = first + lower
    upper = np.array([text.upper() for text in surname], dtype=object)
    apart = np.where(second == "", first, first + " " + second)
    styles = (
        upper + " " + joined,
        joined + " " + surname,
        np.array([text.upper() for text in surname + " " + joined], dtype=object),
        surname + " " + apart,
        surname + ", " + joined,
        np.array([text.lower() for text in surname + " " + joined], dtype=object),
    )
    person = by_style(order, styles)
    brand = np.array([text.capitalize() for text in _brand(who, customer, FIRM[1])], dtype=object)
    place = picked(LATIN_PROVINCES, who.region[customer])
    company = place + " " + brand + " " + picked(INDUSTRY[1], who.industry[customer])
    capital = np.array([text.upper() for text in company], dtype=object)
    company = np.where(order % 2 == 0, capital + " CO., LTD.", company + " Co Ltd")
    return by_style(firm.astype(np.int64), (person, company))


def phones(owner: Ints, slot: Ints, salt: int) -> Ints:
    """Mobile numbers of eleven digits: the owner's main one (slot 0), later (1) or older (2)."""
    place = ((owner * 3 + slot) * _STEP + salt) % _NUMBERS
    return np.asarray(np.array(PREFIXES)[place // 10**8] * 10**8 + place % 10**8)


def phone_texts(number: Ints, style: Ints) -> Texts:
    """13812345678, 138-1234-5678, +86 138 1234 5678 or 86-13812345678, by style 0 to 3."""
    plain = numbered(number)
    parts = [_cut(plain, a, b) for a, b in ((0, 3), (3, 7), (7, 11))]
    styles = (
        plain,
        parts[0] + "-" + parts[1] + "-" + parts[2],
        "+86 " + parts[0] + " " + parts[1] + " " + parts[2],
        "86-" + plain,
    )
    return by_style(style, styles)


def _cut(texts: Texts, start: int, end: int) -> Texts:
    return np.array([text[start:end] for text in texts], dtype=object)


def homes(who: Identities, owner: Ints, slot: Ints, style: Ints) -> Texts:
    """Addresses: in full from the province on; without province and estate; or shortened."""
    region = who.region[owner]
    district = home_district(owner, region, slot, who.salt)
    key = owner * 3 + slot
    city = picked(DISTRICT_CITY, district) + picked(DISTRICTS, district)
    road = picked(ROADS, mixed(key, 11) % len(ROADS)) + _number(mixed(key, 12) % 300) + "号"
    estate = picked(ESTATES, mixed(key, 13) % len(ESTATES))
    building, unit = _number(mixed(key, 14) % 24), _number(mixed(key, 15) % 4)
    room = _number(mixed(key, 16) % 28) + "0" + _number(mixed(key, 17) % 4)
    styles = (
        picked(PROVINCES, region) + city + road + estate + building + "栋" + unit + "单元" + room
        + "室",
        city + road + building + "幢" + unit + "单元" + room,
        picked(SHORT_PROVINCES, region) + city + road + estate + building + "-" + unit + "-" + room,
    )  # fmt: skip
    return by_style(style, styles)


def _number(value: Ints) -> Texts:
    return picked(tuple(str(i) for i in range(1, 301)), value)


def id_texts(who: Identities, customer: Ints) -> Texts:
    """Resident identity numbers, and unified social credit codes of companies."""
    found = np.empty(len(customer), dtype=object)
    firm = who.company[customer]
    people, firms = customer[~firm], customer[firm]
    birth = day_numbers(who.birth[people])
    found[~firm] = resident_numbers(who.id_district[people], birth, who.id_order[people])
    found[firm] = credit_codes(who.id_district[firms], who.id_order[firms])
    return found


def day_numbers(second: Ints) -> Ints:
    """Days as integers such as 19801231."""
    text = pc.strftime(pa.array(second.astype("datetime64[s]")), format="%Y%m%d")
    return np.asarray(pc.cast(text, pa.int64()).to_numpy(zero_copy_only=False), dtype=np.int64)


def respelt(names: Texts, key: Ints) -> Texts:
    """Chinese names in traditional characters where these differ, else with a space inside."""
    traditional = str.maketrans(TRADITIONAL)
    found = []
    for name, k in zip(names.tolist(), key.tolist(), strict=True):
        other = name.translate(traditional) if k % 3 else name
        found.append(other if other != name else f"{name[0]} {name[1:]}")
    return np.array(found, dtype=object)


def misspelt(names: Texts, key: Ints) -> Texts:
    """Names with one slip: a character that sounds alike or another, two letters turned round, one
    left out or doubled."""
    slips = [
        _slip_of_pen(name, k) if ord(name[0]) > 127 else _slip_of_keys(name, k)
        for name, k in zip(names.tolist(), key.tolist(), strict=True)
    ]
    return np.array(slips, dtype=object)


def _slip_of_pen(name: str, key: int) -> str:
    at = len(name) - 1 - key % 2 if len(name) < 5 else 3
    at = max(at, 1)
    old = name[at]
    alike = [c for c, p in zip(*GIVEN, strict=True) if p == _SOUND.get(old) and c != old]
    if key % 3 == 0 or not alike:
        alike = [c for c in GIVEN[0] if c != old]
    return name[:at] + alike[key // 6 % len(alike)] + name[at + 1 :]


_SOUND = dict(zip(*GIVEN, strict=True))


def _slip_of_keys(name: str, key: int) -> str:
    places = [i for i in range(len(name) - 1) if name[i : i + 2].isalpha()]
    differ = [i for i in places if name[i] != name[i + 1]]
    at = differ[key // 3 % len(differ)]
    if key % 3 == 0:
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name[: at + 1] + name[at + 2 :] if key % 3 == 1 else name[: at + 1] + name[at:]


def mistyped(numbers: Texts, key: Ints, first: int) -> Texts:
    """Numbers with one wrong digit, or two neighbours turned round, at or after place `first`."""
    found = []
    for text, k in zip(numbers.tolist(), key.tolist(), strict=True):
        at = first + k // 2 % (len(text) - 1 - first)
        a, b = text[at], text[at + 1]
        if k % 2 and a != b:
            found.append(text[:at] + b + a + text[at + 2 :])
        else:
            digit = str((int(a) + 1 + k // 64 % 8) % 10) if a.isdigit() else "7"
            found.append(text[:at] + digit + text[at + 1 :])
    return np.array(found, dtype=object)
