"""What a source looks like and what it means: configs/sources/NAME.yaml as a typed object.

`files` says how each raw file is read (format, columns, types); `tables` says how ledger columns
come from them. Both are data: no source needs Python of its own.
"""

import codecs
import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from src.core.config import Settings, parse_settings, read_yaml
from src.core.errors import ConfigError, nearest
from src.core.schemas import LEDGER, TASKS

RawType = Literal["string", "integer", "number", "decimal", "date", "time"]
NEEDED_TABLES = {
    "risk_appetite": ("questionnaires", "labels"),
    "value_tier": ("transactions", "balances", "labels"),
    "churn": ("transactions", "labels"),
}


class RawColumn(Settings):
    """One column of a raw file. format: of dates and times, as strptime has it (%Y-%m-%d);
    decimal: the decimal mark; thousands: a mark to leave out; required: empty is an error."""

    type: RawType = "string"
    format: str | None = None
    decimal: str = "."
    thousands: str = ""
    required: bool = False


def _typed(value: Any) -> Any:
    """`amount: decimal` is short for `amount: {type: decimal}`."""
    return {"type": value} if isinstance(value, str) else value


class RawFile(Settings):
    """How one raw file is read. Every column of the file stands in `columns` or in `ignored`."""

    path: str
    format: Literal["csv", "parquet", "jsonl"] = "csv"
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)
    encoding: str = "utf-8"
    empty: str = ""
    columns: dict[str, Annotated[RawColumn, BeforeValidator(_typed)]]
    ignored: tuple[str, ...] = ()

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            codecs.lookup(encoding)
        except LookupError:
            raise ValueError(
                f"encoding {encoding!r} is not known; expected one such as utf-8, gbk or cp1250"
            ) from None
        return encoding


class Money(Settings):
    """Minor units of the base currency from an amount. unit: worth of 1 in units of its currency
    ("0.01" for cents, "10000" for ten-thousands). currency: a column; without it the amount is in
    the base currency, else it is converted by the last rate known before `at`."""

    amount: str
    unit: str = "1"
    currency: str | None = None
    at: str | None = None

    @field_validator("unit")
    @classmethod
    def _above_nothing(cls, unit: str) -> str:
        if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", unit) or Fraction(unit) == 0:
            raise ValueError(f"found {unit!r}; expected a decimal number above 0, such as '0.01'")
        return unit

    @model_validator(mode="after")
    def _dated(self) -> Self:
        if self.currency is not None and self.at is None:
            raise ValueError("a money column with 'currency' needs 'at', the time of the rate")
        return self


class Target(Settings):
    """Where a ledger column comes from: exactly one of a raw column (from), an SQL expression of
    DuckDB over raw columns, a constant, or money; and what its values mean."""

    from_: str | None = Field(default=None, alias="from")
    expression: str | None = None
    constant: str | int | float | None = None
    money: Money | None = None
    values: dict[str, str | int | float | None] | None = None
    otherwise: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        origins = (self.from_, self.expression, self.constant, self.money)
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("give exactly one of 'from', 'expression', 'constant' and 'money'")
        return self


def _target(value: Any) -> Any:
    """`customer_id: cust_no` is short for `customer_id: {from: cust_no}`."""
    return {"from": value} if isinstance(value, str) else value


class Join(Settings):
    """Another file beside the main one: `by` names its columns and the SQL they equal. A row of
    the main file keeps its place where nothing matches; `where` selects rows of the other."""

    file: str
    by: dict[str, str]
    where: str | None = None


class KeepLast(Settings):
    """Of the rows that share `per`, only the last by `order` (then by line) stays; the others
    are rejected under the rule `superseded`."""

    per: tuple[str, ...]
    order: tuple[str, ...] = ()


class Entry(Settings):
    """Rows of one file as rows of one ledger table. where: SQL that selects the rows meant here.
    reject: rule name -> SQL that is true for rows to put into quarantine. rows: instead of a
    file, the rows themselves."""

    file: str | None = None
    rows: tuple[dict[str, str | int | float], ...] = ()
    join: tuple[Join, ...] = ()
    where: str | None = None
    keep_last: KeepLast | None = None
    columns: dict[str, Annotated[Target, BeforeValidator(_target)]] = Field(default={})
    reject: dict[str, str] = Field(default={})

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.file is None) == (not self.rows) or (self.file is None) == bool(self.columns):
            raise ValueError("give either 'file' with 'columns' or 'rows'")
        return self


class SourceMapping(Settings):
    """One source of data and what it supports. ends: "by_customer" where each customer's record
    is cut at a time of its own, so that silence after it tells nothing."""

    description: str
    base_currency: str
    generator: Literal["simulated", "files"] = "files"
    ends: Literal["together", "by_customer"] = "together"
    origin: str
    supports: tuple[Literal["risk_appetite", "value_tier", "churn"], ...]
    unsupported: dict[Literal["risk_appetite", "value_tier", "churn"], str] = Field(default={})
    files: dict[str, RawFile]
    tables: dict[str, tuple[Entry, ...]]
    name: str

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for check in (_tasks, _needed, _columns, _files):
            check(self)
        return self


def load_mapping(path: Path) -> SourceMapping:
    """Read configs/sources/NAME.yaml; the source's name is the file's.

    Raises ConfigError naming file, key and remedy.
    """
    if not path.is_file():
        known = [other.stem for other in path.parent.glob("*.yaml")]
        raise ConfigError(
            f"{path}: no mapping for source {path.stem!r}. {nearest(path.stem, known)}"
        )
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: expected a mapping of keys to values.")
    return parse_settings({**content, "name": path.stem}, SourceMapping, where=str(path))


def _tasks(mapping: SourceMapping) -> None:
    for task in TASKS:
        if (task in mapping.supports) == (task in mapping.unsupported):
            raise ValueError(
                f"task {task!r} should stand in exactly one of 'supports' and 'unsupported'"
            )


def _needed(mapping: SourceMapping) -> None:
    if "customers" not in mapping.tables:
        raise ValueError("table 'customers' is missing under 'tables'; every source needs it")
    for task in mapping.supports:
        if not any(mapping.tables.get(table) for table in NEEDED_TABLES[task]):
            raise ValueError(
                f"task {task!r} needs one of the tables {', '.join(NEEDED_TABLES[task])}; map one "
                "or list the task under 'unsupported' with the reason"
            )


def _columns(mapping: SourceMapping) -> None:
    for table, entries in mapping.tables.items():
        if table not in LEDGER:
            raise ValueError(f"{table!r} is no ledger table. {nearest(table, LEDGER)}")
        known = {column.name: column for column in LEDGER[table].columns}
        for number, entry in enumerate(entries):
            where = f"tables.{table}[{number}]"
            _known_and_complete(where, entry.columns, known)
            for row in entry.rows:
                _known_and_complete(where, row, known)


def _known_and_complete(where: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    if not given:
        return
    for column in given:
        if column not in known:
            raise ValueError(f"{where}: {column!r} is no ledger column. {nearest(column, known)}")
    for column in known.values():
        if column.required and column.name != "source" and column.name not in given:
            raise ValueError(f"{where}: the required ledger column {column.name!r} is not mapped")


def _files(mapping: SourceMapping) -> None:
    for table, entries in mapping.tables.items():
        for number, entry in enumerate(entries):
            for file in [entry.file, *(join.file for join in entry.join)]:
                if file is not None and file not in mapping.files:
                    raise ValueError(
                        f"tables.{table}[{number}]: {file!r} does not stand under 'files'. "
                        f"{nearest(file, mapping.files)}"
                    )
