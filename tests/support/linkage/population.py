"""A small made-up population for the linkage tests: households, namesakes, twins, companies.

Each person has one true record per system that knows them; what is written down is misspelt,
reordered, reformatted or missing at fixed rates, and some of it changes later.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pyarrow as pa
from pypinyin import lazy_pinyin

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭肖田董袁潘于蒋蔡余杜叶程"
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉萍红鹏辉建国文斌志海宁欣佳怡子轩梓涵浩然宇"
    "晨思雨雪梅春生林峰龙飞凤珍琴云莲真环爱妹香月莺媛瑞凡嘉琼勤晶妍茜秋珊莎锦黛青倩婷姣婉娴瑾颖露"
)
CITIES = ("北京市", "上海市", "广东省广州市", "浙江省杭州市", "江苏省南京市", "四川省成都市")
STREETS = (
    "建国路",
    "人民路",
    "解放大道",
    "中山路",
    "文化街",
    "和平里",
    "新华路",
    "长江路",
    "学院路",
)
DOMAINS = ("qq.com", "163.com", "126.com", "gmail.com", "sina.com")
SYSTEMS = {"crm": 0.97, "core": 0.85, "brokerage": 0.4, "contact": 0.3}
START = datetime(2020, 1, 1)
FIELDS = ("name", "phone", "address", "id_number", "email", "birth_date")

SCHEMA = pa.schema(
    [
        ("record", pa.string()),
        ("system", pa.string()),
        ("known_at", pa.timestamp("us")),
        ("kind", pa.string()),
        *((field, pa.string()) for field in FIELDS[:-1]),
        ("birth_date", pa.timestamp("us")),
        ("account", pa.string()),
        ("person", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Person:
    """One true person or company. birth: None for companies."""

    number: int
    kind: str
    name: str
    phone: str
    address: str
    id_number: str
    email: str
    birth: date | None
    account: str


def check_digit(digits: str) -> str:
    """The eighteenth character of a resident identity number (GB 11643, ISO 7064 mod 11-2)."""
    total = sum(int(digit) * 2 ** (17 - at) for at, digit in enumerate(digits))
    return "10X98765432"[total % 11]


def resident_number(rng: random.Random, birth: date) -> str:
    """A valid identity number for someone born on `birth`."""
    region = rng.choice(("110101", "310104", "440106", "330106", "320102", "510104"))
    digits = f"{region}{birth:%Y%m%d}{rng.randrange(1, 1000):03d}"
    return digits + check_digit(digits)


def households(rng: random.Random, count: int) -> Iterator[list[Person]]:
    """Families that share an address and at times a phone, until `count` persons are made."""
    number = 0
    while number < count:
        if rng.random() < 0.05:
            yield [_company(rng, number)]
            number += 1
            continue
        family = _family(rng, number)[: count - number]
        yield family
        number += len(family)


def _family(rng: random.Random, number: int) -> list[Person]:
    surname, address, phone = rng.choice(SURNAMES), _address(rng), _phone(rng)
    members: list[Person] = []
    for place in range(rng.choices((1, 2, 3, 4), (45, 30, 17, 8))[0]):
        person = _person(rng, number + place, surname if place != 1 else rng.choice(SURNAMES))
        person = replace(person, address=address)
        if rng.random() < 0.15:
            person = replace(person, phone=phone)
        if members and rng.random() < 0.02:  # a twin: born with the one before, one letter apart
            elder = members[-1]
            born = elder.birth or date(1980, 1, 1)
            name = elder.name[:-1] + rng.choice([c for c in GIVEN if c != elder.name[-1]])
            person = replace(person, name=name, birth=born, id_number=resident_number(rng, born))
        members.append(person)
    return members


def _person(rng: random.Random, number: int, surname: str) -> Person:
    birth = date(1935, 1, 1) + timedelta(days=rng.randrange(25_000))
    name = surname + "".join(rng.choices(GIVEN, k=rng.choices((1, 2), (30, 70))[0]))
    email = f"{''.join(lazy_pinyin(name))}{rng.randrange(10_000)}@{rng.choice(DOMAINS)}"
    number_of = resident_number(rng, birth)
    return Person(
        number, "person", name, _phone(rng), _address(rng), number_of, email, birth, _account(rng)
    )


def _company(rng: random.Random, number: int) -> Person:
    trade = rng.choice(("科技", "贸易", "实业", "物流", "食品", "建筑"))
    name = f"{rng.choice(CITIES)[:2]}{''.join(rng.choices(GIVEN, k=2))}{trade}有限公司"
    code = "91" + "".join(rng.choices("0123456789", k=15))
    phone = f"0{rng.choice(('10', '21', '20'))}{rng.randrange(10**7, 10**8)}"
    email = f"info{number}@company.cn"
    return Person(number, "company", name, phone, _address(rng), code, email, None, _account(rng))


def _account(rng: random.Random) -> str:
    return f"6217{rng.randrange(10**12):012d}"


def _phone(rng: random.Random) -> str:
    return f"1{rng.choice('3578')}{rng.randrange(10**9):09d}"


def _address(rng: random.Random) -> str:
    place = rng.choice(CITIES) + rng.choice(STREETS)
    return f"{place}{rng.randrange(1, 400)}号{rng.randrange(1, 30)}栋{rng.randrange(101, 2400)}室"


def records(rng: random.Random, person: Person) -> Iterator[dict[str, object]]:
    """The versions that the systems hold of one person, each with what was written down."""
    for system, share in SYSTEMS.items():
        copies = 2 if rng.random() < 0.03 else 1
        for copy in range(copies if rng.random() < share else 0):
            known_at = START + timedelta(days=rng.randrange(1500))
            versions = 2 if rng.random() < 0.08 else 1
            for version in range(versions):
                if version:  # moved house, new phone
                    known_at += timedelta(days=rng.randrange(1, 300))
                    person = replace(person, phone=_phone(rng), address=_address(rng))
                yield {
                    "record": f"{system}:{person.number * 10 + copy}",
                    "system": system,
                    "known_at": known_at,
                    "kind": person.kind,
                    **_written(rng, person, system),
                    "person": person.number,
                }


def _written(rng: random.Random, person: Person, system: str) -> dict[str, object]:
    born = datetime.combine(person.birth, datetime.min.time()) if person.birth else None
    if born and rng.random() < 0.02 and born.day <= 12:
        born = born.replace(month=born.day, day=born.month)
    row: dict[str, object] = {
        "name": _written_name(rng, person, system),
        "phone": _written_phone(rng, person.phone),
        "address": _written_address(rng, person.address),
        "id_number": _slipped(rng, person.id_number, "0123456789", 0.02),
        "email": person.email.upper() if rng.random() < 0.1 else person.email,
        "birth_date": born,
    }
    missing = {"id_number": 0.9 if system == "contact" else 0.1, "email": 0.4, "address": 0.15}
    if system == "core":
        row["account"] = person.account
    elif system == "contact" and rng.random() < 0.4:
        row["account"] = _slipped(rng, person.account[-4:], "0123456789", 0.02)
    for field in FIELDS[1:]:
        if rng.random() < missing.get(field, 0.05):
            row[field] = rng.choice((None, "", "N/A", "无")) if field != "birth_date" else None
    return row


def _written_name(rng: random.Random, person: Person, system: str) -> str:
    name = person.name
    if rng.random() < 0.02:
        at = rng.randrange(1, len(name))
        name = name[:at] + rng.choice(GIVEN) + name[at + 1 :]
    if person.kind == "company" or system != "brokerage":
        return name
    surname, given = "".join(lazy_pinyin(name[0])), "".join(lazy_pinyin(name[1:]))
    forms = (f"{surname} {given}", f"{given} {surname}", f"{surname}, {given}", surname + given)
    written = rng.choice(forms)
    return rng.choice((written.upper(), written.title()))


def _written_phone(rng: random.Random, phone: str) -> str:
    phone = _slipped(rng, phone, "0123456789", 0.01)
    grouped = f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"
    return rng.choice((phone, phone, f"+86 {phone}", grouped, f"0086{phone}"))


def _written_address(rng: random.Random, address: str) -> str:
    if rng.random() < 0.2:
        address = address.replace("省", "").replace("市", "")
    if rng.random() < 0.2:
        address = address.replace("号", "号 ").replace("栋", "-").replace("室", "")
    return address


def _slipped(rng: random.Random, text: str, letters: str, rate: float) -> str:
    if rng.random() >= rate:
        return text
    at = rng.randrange(len(text))
    return text[:at] + rng.choice(letters) + text[at + 1 :]


def population(persons: int, seed: int) -> Iterator[dict[str, object]]:
    """The record versions of `persons` persons, with the truth in `person`."""
    rng = random.Random(seed)
    for family in households(rng, persons):
        for person in family:
            yield from records(rng, person)
