"""Small ledger folders as integration writes them, sound unless a test plants a fault."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from src.core.engine import EngineParams
from src.core.files import write_json, write_parquet
from src.core.params import Params, load_params
from src.core.quality_params import QualityParams
from src.core.schemas import LEDGER
from src.privacy.vault import TABLES as VAULT
from src.quality.assess import Assessment, assess
from src.quality.figures.measures import Measures
from src.quality.measures import measure
from src.quality.session import open_book
from src.quality.texts import load_quality_texts

PROJECT = Path(__file__).parents[2]
TEXTS = load_quality_texts(PROJECT / "configs" / "quality.yaml")
SHIPPED: Params = load_params(PROJECT / "params.yaml")
ENGINE = EngineParams(threads=1, memory_limit="500MB")
START = datetime(2024, 1, 1)
DAY = timedelta(days=1)
MONTHS = (datetime(2024, 2, 1), datetime(2024, 3, 1), datetime(2024, 4, 1))
MAPPED = {name: set(table.arrow.names) for name, table in LEDGER.items()}
Row = dict[str, Any]

QUARANTINE = pa.schema(
    [
        ("file", pa.string()),
        ("line", pa.int64()),
        ("table", pa.string()),
        ("rule", pa.string()),
        ("row", pa.string()),
    ]
)
CORRECTIONS = pa.schema(
    [
        ("file", pa.string()),
        ("line", pa.int64()),
        *((name, pa.string()) for name in ("table", "column", "rule", "kind", "before", "after")),
    ]
)
LINEAGE = pa.schema([("row", pa.int64()), ("file", pa.string()), ("line", pa.int64())])


@dataclass
class World:
    """What integration knew: rows of each table with the file and line that each came from."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in LEDGER})
    lines: dict[str, list[list[tuple[str, int]]]] = field(
        default_factory=lambda: {name: [] for name in LEDGER}
    )
    quarantine: list[Row] = field(default_factory=list)
    corrections: list[Row] = field(default_factory=list)
    files: list[Row] = field(default_factory=list)
    rules: list[Row] = field(default_factory=list)
    references: list[Row] = field(default_factory=list)
    links: list[Row] = field(default_factory=list)

    def add(self, table: str, row: Mapping[str, Any], *places: tuple[str, int]) -> int:
        """Add a row with the lines that it came from; its position."""
        self.rows[table].append({"source": "test", **row})
        self.lines[table].append(list(places))
        return len(self.rows[table]) - 1

    def reject(self, table: str, file: str, line: int, rule: str, row: str = "{}") -> None:
        """Put a row of a file into quarantine instead of the ledger."""
        self.quarantine.append(
            {"file": file, "line": line, "table": table, "rule": rule, "row": row}
        )

    def correct(
        self, table: str, column: str, rule: str, kind: str, place: tuple[str, int]
    ) -> None:
        """Note a value that a rule changed."""
        self.corrections.append(
            {"file": place[0], "line": place[1], "table": table, "column": column, "rule": rule}
            | {"kind": kind, "before": "1900-01-01", "after": None}
        )

    def account(self) -> dict[str, Any]:
        """integration.json: rows in = rows out + rejected of every file and table."""
        out: dict[tuple[str, str], int] = {}
        for table, lines in self.lines.items():
            for places in lines:
                for file, _ in places:
                    out[file, table] = out.get((file, table), 0) + 1
        rejected: dict[tuple[str, str], dict[str, int]] = {}
        for row in self.quarantine:
            rules = rejected.setdefault((row["file"], row["table"]), {})
            rules[row["rule"]] = rules.get(row["rule"], 0) + 1
        entries = [
            {
                "file": file,
                "table": table,
                "rows_in": out.get((file, table), 0)
                + sum(rejected.get((file, table), {}).values()),
                "rows_out": out.get((file, table), 0),
                "rejected": rejected.get((file, table), {}),
            }
            for file, table in sorted({*out, *rejected})
        ]
        return {
            "source": "test",
            "base_currency": "CNY",
            "data_end": "2024-04-01T00:00:00",
            "files": self.files,
            "rows": entries,
            "rules": self.rules,
            "added": [],
            "supports": {},
            "unsupported": {},
            "ends": "together",
        }

    def write(self, folder: Path) -> Path:
        """Write the ledger folder and, where there are references, a vault; the ledger's path."""
        ledger, vault = folder / "ledger", folder / "vault"
        for name, table in LEDGER.items():
            content = pa.Table.from_pylist(self.rows[name], schema=table.arrow)
            write_parquet(ledger / f"{name}.parquet", content)
            lines = [
                {"row": row, "file": file, "line": line}
                for row, places in enumerate(self.lines[name])
                for file, line in places
            ]
            write_parquet(
                ledger / "lineage" / f"{name}.parquet", pa.Table.from_pylist(lines, schema=LINEAGE)
            )
        for name, schema, rows in (
            ("quarantine", QUARANTINE, self.quarantine),
            ("corrections", CORRECTIONS, self.corrections),
        ):
            write_parquet(ledger / f"{name}.parquet", pa.Table.from_pylist(rows, schema=schema))
        write_json(ledger / "integration.json", self.account())
        records = [
            {"record": row["record"], "system": row["record"].partition(":")[0]}
            for row in self.references
        ]
        for name, rows in (
            ("cross_reference", self.references),
            ("links", self.links),
            ("identities", records),
        ):
            write_parquet(vault / f"{name}.parquet", pa.Table.from_pylist(rows, schema=VAULT[name]))
        return ledger


def core(month: int) -> str:
    """The file of transactions of one month, counted from 0."""
    return f"core/transactions_{MONTHS[month]:%Y%m%d}.parquet"


def sound_bank(customers: int = 40, per_month: int = 10) -> World:
    """A bank of three monthly deliveries in which nothing is wrong: each customer has one account,
    `per_month` movements a month, a statement at each month's end, and a share of one fund."""
    world = World()
    for month, arrived in enumerate(MONTHS):
        rows = customers * per_month
        world.files.append(
            {"file": core(month), "rows": rows, "delivered": arrived.isoformat()}
            | {"expected_rows": rows}
        )
    world.files += [{"file": "crm.csv", "rows": customers, "delivered": None}]
    _add_market(world)
    for number in range(customers):
        _add_customer(world, number, per_month)
    return world


def _add_market(world: World) -> None:
    world.files += [
        {"file": name, "rows": rows, "delivered": None}
        for name, rows in (("products.csv", 1), ("prices.csv", 3), ("rates.csv", 1))
    ]
    product = {"product_id": "FUND", "asset_class": "bond_fund", "risk_grade": 2}
    world.add(
        "products", {**product, "currency": "CNY", "known_at": START - DAY}, ("products.csv", 2)
    )
    for line, day in enumerate((START, *MONTHS[:2])):
        price = {"product_id": "FUND", "date": day, "close": 1.0 + line}
        world.add("prices", {**price, "known_at": day}, ("prices.csv", line + 2))
    rate = {"currency": "CNY", "date": START - DAY, "rate": 1.0, "known_at": START - DAY}
    world.add("fx_rates", rate, ("rates.csv", 2))


def _add_customer(world: World, number: int, per_month: int) -> None:
    name = f"K{number:04d}"
    company = number % 10 == 0
    world.add(
        "customers",
        {
            "customer_id": name,
            "kind": "company" if company else "person",
            "birth_date": datetime(1980, 1, 1),
            "gender": None if company else "female",
            "region": "Zhejiang",
            "occupation": None if company else "teacher",
            "industry": "trade" if company else None,
            "marital_status": None if company else "single",
            "dependants": None if company else 0,
            "income_band": None if company else 2,
            "joined_on": START - DAY,
            "known_at": START - DAY,
        },
        ("crm.csv", number + 2),
    )
    money, units = 0, 0.0
    for month, arrived in enumerate(MONTHS):
        first = START if month == 0 else MONTHS[month - 1]
        for step in range(per_month):
            line = number * per_month + step + 1
            at = first + timedelta(days=step, hours=number % 20)
            buys = step == 1
            moved = {"kind": "buy", "product_id": "FUND", "quantity": 1.5} if buys else {}
            amount = 100 * (step + 1) + number
            money, units = money + amount, units + (1.5 if buys else 0)
            world.add(
                "transactions",
                {
                    "transaction_id": f"T{month}-{line}",
                    "customer_id": name,
                    "account_id": f"A{number}",
                    "occurred_at": at,
                    "kind": "deposit",
                    "amount_minor": amount,
                    "currency": "CNY",
                    "channel": ("mobile", "branch")[step % 2],
                    "known_at": at + timedelta(hours=2),
                    **moved,
                },
                (core(month), line),
            )
        stated = {"customer_id": name, "account_id": f"A{number}", "as_of": arrived}
        stated["known_at"] = arrived
        place = ("statements.csv", 2 * (number * len(MONTHS) + month) + 2)
        world.add("balances", {**stated, "asset_class": "cash", "amount_minor": money}, place)
        held = {**stated, "product_id": "FUND", "quantity": units}
        world.add("balances", held, (place[0], place[1] + 1))
    if number == 0:
        world.files.append({"file": "statements.csv", "rows": 0, "delivered": None})
    world.files[-1]["rows"] += 2 * len(MONTHS)


def small_params(**changes: Any) -> QualityParams:
    """The shipped parameters with borders low enough for small deliveries."""
    low = {"min_rows_judged": 5, "drift_min_rows": 5, **changes}
    return QualityParams.model_validate({**SHIPPED.quality.model_dump(), **low})


def measured(world: World, folder: Path, params: QualityParams | None = None) -> Measures:
    """Write the world and measure it."""
    with open_book(world.write(folder), ENGINE) as book:
        return measure(book, folder / "vault", MAPPED, params or small_params(), TEXTS)


def assessed(world: World, folder: Path, params: QualityParams | None = None) -> Assessment:
    """Write the world, measure, judge and report."""
    ledger = world.write(folder)
    return assess(ledger, folder / "vault", MAPPED, params or small_params(), TEXTS, ENGINE)


def masked(**values: str) -> str:
    """A quarantined row as integration writes it."""
    return json.dumps(values, ensure_ascii=False)


def names(figures: Sequence[Any], *fields: str) -> list[tuple[Any, ...]]:
    """The given fields of each figure."""
    return [tuple(getattr(figure, f) for f in fields) for figure in figures]
