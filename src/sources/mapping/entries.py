"""What raw rows mean: the entries of a mapping's `tables`, and its `identities`."""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from src.core.config import Settings


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
    DuckDB over raw columns, a constant, or money; and what its values mean.

    otherwise: the meaning of all other values; written out as null, they become empty. system: of
    customer_id alone, the system of `identities` whose customer numbers these are.
    """

    from_: str | None = Field(default=None, alias="from")
    expression: str | None = None
    constant: str | int | float | None = None
    money: Money | None = None
    values: dict[str, str | int | float | None] | None = None
    otherwise: str | int | float | None = None
    system: str | None = None

    @property
    def knows_all_values(self) -> bool:
        """Whether a value that `values` does not list has a meaning too."""
        return self.values is None or "otherwise" in self.model_fields_set

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        origins = (self.from_, self.expression, self.constant, self.money)
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError("give exactly one of 'from', 'expression', 'constant' and 'money'")
        if self.values is not None and self.from_ is None and self.expression is None:
            raise ValueError("'values' needs 'from' or 'expression'; leave it out")
        if self.expression is not None and not self.knows_all_values:
            raise ValueError(
                "'values' of an expression needs 'otherwise', the meaning of any other value (null "
                "for empty); else such values would vanish unseen"
            )
        if self.values is None and "otherwise" in self.model_fields_set:
            raise ValueError("'otherwise' stands without 'values'; add them or leave it out")
        if self.system is not None and self.from_ is None and self.expression is None:
            raise ValueError("'system' needs the customer number by 'from' or 'expression'")
        return self


def _target(value: Any) -> Any:
    """`customer_id: cust_no` is short for `customer_id: {from: cust_no}`."""
    if isinstance(value, bool):
        raise ValueError(
            f"found {value}; YAML reads yes, no, on and off as truth values: put the name in quotes"
        )
    return {"from": value} if isinstance(value, str) else value


class Join(Settings):
    """Another file beside the main one: `by` names its columns and the SQL they equal. A row of
    the main file keeps its place where nothing matches; `where` selects rows of the other."""

    file: str
    by: dict[str, str] = Field(min_length=1)
    where: str | None = None


class KeepLast(Settings):
    """Of the rows that share `per`, only the last by `order` (then by line) stays; the others
    are rejected under the rule `superseded`."""

    per: tuple[str, ...] = Field(min_length=1)
    order: tuple[str, ...] = ()


class Entry(Settings):
    """Rows of one file as rows of one ledger table. rows: instead of a file, the rows themselves.

    where: SQL that selects the rows meant here. distinct: raw columns; of the rows that agree in
    them the first stays, the others are counted under the rule `repeated`. cancels: SQL that is
    true for rows that withdraw the earlier version of their key; nothing else judges them. aside:
    further columns, name -> SQL, for rules alone. reject: rule name -> SQL that is true for rows to
    put into quarantine.
    """

    file: str | None = None
    rows: tuple[dict[str, str | int | float], ...] = ()
    join: tuple[Join, ...] = ()
    where: str | None = None
    distinct: tuple[str, ...] = ()
    keep_last: KeepLast | None = None
    cancels: str | None = None
    columns: dict[str, Annotated[Target, BeforeValidator(_target)]] = Field(default={})
    aside: dict[str, str] = Field(default={})
    reject: dict[str, str] = Field(default={})

    @property
    def sql(self) -> Iterator[tuple[str, str]]:
        """All SQL of the entry, each with its place."""
        for column, target in self.columns.items():
            yield from _given(f"columns.{column}", {"expression": target.expression})
            if target.money:
                told = {key: getattr(target.money, key) for key in ("amount", "currency", "at")}
                yield from _given(f"columns.{column}.money", told)
        for number, join in enumerate(self.join):
            yield from _given(f"join[{number}]", {"where": join.where})
            yield from _given(f"join[{number}].by", join.by)
        for number, sql in enumerate(self.keep_last.order if self.keep_last else ()):
            yield f"keep_last.order[{number}]", sql
        yield from _given("", {"where": self.where, "cancels": self.cancels})
        yield from _given("aside", self.aside)
        yield from _given("reject", self.reject)

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.file is None) == (not self.rows) or (self.file is None) == bool(self.columns):
            raise ValueError("give either 'file' with 'columns' or 'rows'")
        return self


class Identity(Settings):
    """The customer records of one system, to be resolved into customers: what each row of `file`
    tells about the person or company. id: the column with the system's customer number; the rest
    is SQL over the file's columns (a column's name is SQL too), empty where nothing is told.
    kind: person or company; account: the number of an account of the customer's, or its last four
    digits. A record may have several accounts, and a file that tells accounts alone has no kind."""

    file: str
    system: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    id: str
    kind: str | None = None
    name: str | None = None
    phone: str | None = None
    address: str | None = None
    id_number: str | None = None
    email: str | None = None
    birth_date: str | None = None
    account: str | None = None
    known_at: str

    @property
    def sql(self) -> Iterator[tuple[str, str]]:
        """All SQL of the identity, each with its place."""
        keys = [key for key in Identity.model_fields if key not in ("file", "system", "id")]
        return _given("", {key: getattr(self, key) for key in keys})

    @model_validator(mode="after")
    def _tells_something(self) -> Self:
        fields = ("name", "phone", "address", "id_number", "email", "birth_date")
        if self.kind is None and (self.account is None or any(getattr(self, f) for f in fields)):
            raise ValueError(
                "'kind' is missing; expected SQL that gives person or company. Only an identity "
                "that tells accounts and nothing else has none"
            )
        return self


def _given(where: str, parts: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    """Place and SQL of the parts that are given."""
    for key, sql in parts.items():
        if sql is not None:
            yield f"{where}.{key}" if where else key, sql
