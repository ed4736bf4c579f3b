"""A bank of two systems in four raw files, each of another format, for the tests of privacy."""

import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from src.core.config import parse_settings
from src.core.files import write_parquet
from src.core.schemas import TABLES
from src.privacy.pseudonym import ACCOUNT, CUSTOMER, pseudonym
from src.privacy.vault import write_vault
from src.sources.mapping.mapping import SourceMapping

KEY = b"a key for the tests of privacy, worth nothing"

_MAPPING = {
    "name": "two_systems",
    "description": "A bank of two systems",
    "base_currency": "CNY",
    "origin": "Made by the tests.",
    "supports": ["churn"],
    "unsupported": {"risk_appetite": "no questionnaires", "value_tier": "too small"},
    "files": {
        "crm": {
            "path": "crm/people.csv",
            "encoding": "gbk",
            "delimiter": ";",
            "columns": {
                "no": {"required": True, "private": "record"},
                "name": {"private": "name"},
                "mobile": {"private": "phone"},
                "since": "date",
            },
        },
        "accounts": {
            "path": "accounts_*.csv",
            "delivered": "%Y%m%d",
            "columns": {
                "acct": {"required": True, "private": "account"},
                "holder": {"required": True, "private": "record"},
            },
        },
        "moves": {
            "path": "moves.parquet",
            "format": "parquet",
            "columns": {
                "id": "integer",
                "acct": {"private": "account"},
                "other_side": {"private": "account"},
                "at": "time",
                "cents": "integer",
            },
        },
        "calls": {
            "path": "calls.jsonl",
            "format": "jsonl",
            "columns": {
                "id": "string",
                "caller": {"private": "record"},
                "name": {"private": "name"},
                "at": "time",
                "notes": {"private": "text"},
            },
        },
    },
    "identities": [
        {
            "file": "crm",
            "system": "crm",
            "id": "no",
            "kind": "'person'",
            "name": "name",
            "phone": "mobile",
            "known_at": "since",
        },
        {
            "file": "calls",
            "system": "contact",
            "id": "caller",
            "kind": "'person'",
            "name": "name",
            "known_at": '"at"',
        },
    ],
    "tables": {
        "customers": [
            {
                "file": "crm",
                "columns": {
                    "customer_id": {"system": "crm", "from": "no"},
                    "kind": {"constant": "person"},
                    "known_at": "since",
                },
            }
        ],
        "transactions": [
            {
                "file": "moves",
                "join": [{"file": "accounts", "by": {"acct": "acct"}}],
                "columns": {
                    "transaction_id": {"expression": "'m' || id"},
                    "customer_id": {"system": "crm", "from": "accounts.holder"},
                    "account_id": "acct",
                    "counterparty": "other_side",
                    "occurred_at": "at",
                    "kind": {"constant": "transfer_in"},
                    "amount_minor": {"money": {"amount": "cents", "unit": "0.01"}},
                    "currency": {"constant": "CNY"},
                    "known_at": "at",
                },
            }
        ],
        "interactions": [
            {
                "file": "calls",
                "columns": {
                    "interaction_id": "id",
                    "customer_id": {"system": "contact", "from": "caller"},
                    "occurred_at": "at",
                    "channel": {"constant": "phone"},
                    "kind": {"constant": "inquiry"},
                    "text": "notes",
                    "known_at": "at",
                },
            }
        ],
    },
}

PEOPLE = [
    ("C1", "王伟", "13800138000"),
    ("C2", "赵敏", "13900139000"),
    ("C3", "钱\n多多", "13700137000"),
    ("1", "孙一", "13600136000"),
]
ACCOUNTS = {"20230101": [("62170001", "C1"), ("62170002", "C2")], "20230201": [("62170003", "C3")]}
# C1's account, C2's, and a movement of C2 with C1 on the other side
MOVES = [(1, "62170001", None), (2, "62170002", "62170001"), (3, "62170001", "62170002")]
# 1 is another person in the contact system than in the CRM
CALLS = [("T1", "王 伟", "call back 13800138000"), ("1", "李四", "nothing"), ("T2", "赵敏", None)]
# who is who: records -> the customer's representative
CUSTOMERS = {
    "crm:C1": "crm:C1",
    "contact:T1": "crm:C1",
    "crm:C2": "crm:C2",
    "contact:T2": "crm:C2",
    "crm:C3": "crm:C3",
    "crm:1": "crm:1",
    "contact:1": "contact:1",
}


def mapping(**changes) -> SourceMapping:
    """The mapping of the bank."""
    return parse_settings(_MAPPING | changes, SourceMapping, where="two_systems.yaml")


def write_raw(folder: Path) -> Path:
    """The raw files: GBK with semicolons, UTF-8 with a byte-order mark and CRLF, Parquet, JSON."""
    (folder / "crm").mkdir(parents=True)
    rows = [f'{no};"{name}";{phone};2020-01-01' for no, name, phone in PEOPLE]
    text = "\n".join(["no;name;mobile;since", *rows]) + "\n"
    (folder / "crm/people.csv").write_bytes(text.encode("gbk"))
    for day, accounts in ACCOUNTS.items():
        lines = ["acct,holder", *(f"{number},{holder}" for number, holder in accounts)]
        path = folder / f"accounts_{day}.csv"
        path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join([*lines, ""]).encode())
    ids, accounts, others = zip(*MOVES, strict=True)
    moves = {"id": ids, "acct": accounts, "other_side": others, "cents": [100] * len(ids)}
    times = pa.array([0] * len(ids), pa.timestamp("us"))
    pq.write_table(pa.table({**moves, "at": times}), folder / "moves.parquet")
    calls = [
        {"id": f"i{n}", "caller": who, "name": name, "at": "2021-01-01T00:00:00Z", "notes": notes}
        for n, (who, name, notes) in enumerate(CALLS)
    ]
    lines = [json.dumps(call, ensure_ascii=n % 2 == 0) for n, call in enumerate(calls)]
    (folder / "calls.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def customer_id(record: str) -> str:
    """The pseudonym of the customer that a record belongs to."""
    return pseudonym(KEY, CUSTOMER, CUSTOMERS[record])


def account_id(number: str) -> str:
    """The pseudonym of an account."""
    return pseudonym(KEY, ACCOUNT, number)


def write_bank_vault(folder: Path) -> Path:
    """The vault that integration would write of it."""
    names = {f"crm:{no}": (name, phone) for no, name, phone in PEOPLE}
    names |= {f"contact:{no}": (name, None) for no, name, _ in CALLS}
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE r (record VARCHAR, customer_id VARCHAR, n VARCHAR, p VARCHAR)"
        )
        rows = [(record, customer_id(record), *names[record]) for record in CUSTOMERS]
        connection.executemany("INSERT INTO r VALUES (?, ?, ?, ?)", rows)
        connection.execute("CREATE TABLE a (account VARCHAR, account_id VARCHAR)")
        accounts = {number for numbers in ACCOUNTS.values() for number, _ in numbers}
        connection.executemany(
            "INSERT INTO a VALUES (?, ?)", [(number, account_id(number)) for number in accounts]
        )
        known = "TIMESTAMP '2020-01-01'"
        write_vault(
            folder,
            connection,
            {
                "identities": f"SELECT *, {known} AS known_at, n AS name, p AS phone, "
                "split_part(record, ':', 1) AS system, NULL AS address, NULL AS id_number, "
                "NULL AS email FROM r",
                "cross_reference": f"SELECT record, customer_id, {known} AS known_at, "
                "NULL AS known_until FROM r",
                "accounts": "SELECT * FROM a",
            },
        )
    return folder


def write_ledger(folder: Path) -> Path:
    """The ledger's tables that name customers, with what counts here and empty otherwise."""
    owners = {number: who for numbers in ACCOUNTS.values() for number, who in numbers}
    filled = {
        "customers": [{"customer_id": who} for who in sorted({*map(customer_id, CUSTOMERS)})],
        "transactions": [
            {"customer_id": customer_id(f"crm:{owners[acct]}"), "account_id": account_id(acct)}
            for _, acct, _ in MOVES
        ],
        "interactions": [{"customer_id": customer_id(f"contact:{who}")} for who, _, _ in CALLS],
    }
    for name, table in TABLES.items():
        loose = pa.schema([field.with_nullable(True) for field in table.arrow])
        write_parquet(folder / f"{name}.parquet", pa.Table.from_pylist(filled.get(name, []), loose))
    return folder
