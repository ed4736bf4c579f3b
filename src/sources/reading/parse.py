"""SQL that reads the text of a raw column as its declared type; NULL where it can't be read."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from src.core.errors import SourceError
from src.sources.mapping.raw_files import RawColumn, RawType
from src.sources.staging.session import identifier, literal

_SQL_TYPES: dict[RawType, str] = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "decimal": "DECIMAL",
    "date": "TIMESTAMP",
    "time": "TIMESTAMP",
}
_WHOLE = ("BIGINT", "INTEGER", "SMALLINT", "TINYINT", "UINTEGER", "USMALLINT", "UTINYINT")
_INSTANTS = ("DATE", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_S", "TIMESTAMP_MS")
_ZONED = "TIMESTAMP WITH TIME ZONE"
_FITTING: dict[RawType, tuple[str, ...]] = {
    "string": (),
    "integer": _WHOLE,
    "number": ("DOUBLE", "FLOAT", *_WHOLE),
    "decimal": _WHOLE,
    "date": _INSTANTS,
    "time": (*_INSTANTS, _ZONED),
}
_EXPECTED: dict[RawType, str] = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "decimal": "a decimal number of at most 20 digits",
    "date": "a date",
    "time": "an instant",
}


# Digits before the decimal mark.
WHOLE_DIGITS = 20


def sql_type(spec: RawColumn) -> str:
    """DuckDB's type of the values of a raw column.

    >>> sql_type(RawColumn(type="decimal"))
    'DECIMAL(26,6)'
    """
    if spec.type == "decimal":
        return f"DECIMAL({WHOLE_DIGITS + spec.decimals},{spec.decimals})"
    return _SQL_TYPES[spec.type]


def expected(spec: RawColumn) -> str:
    """What a value of a raw column should be, for messages."""
    return _EXPECTED[spec.type] + (
        f" and {spec.decimals} decimals" if spec.type == "decimal" else ""
    )


@dataclass(frozen=True)
class Reading:
    """How one column is read. raw: SQL of its text; value: SQL of the typed value by the declared
    format; others: rule name -> SQL of the value by an alternative format."""

    name: str
    spec: RawColumn
    raw: str
    value: str
    others: dict[str, str]

    @property
    def typed(self) -> str:
        """SQL of the value by the first format that fits."""
        if not self.others:
            return self.value
        return f"coalesce({', '.join([self.value, *self.others.values()])})"

    @property
    def can_fail(self) -> bool:
        """Whether a value may be unreadable at all."""
        return self.spec.required or self.raw != self.value

    @property
    def fault(self) -> str:
        """SQL that is true where the value is unreadable."""
        empty = f"{self.raw} IS NULL"
        unread = f"({self.raw} IS NOT NULL AND {self.typed} IS NULL)"
        return f"({empty} OR {unread})" if self.spec.required else unread

    @property
    def counted(self) -> str:
        """SQL that is true for the values whose share of faults counts."""
        return "true" if self.spec.required else f"{self.raw} IS NOT NULL"

    @property
    def expected(self) -> str:
        """What a value should be, for messages."""
        formats = [f for f in (self.spec.format, *self.spec.formats.values()) if f]
        return expected(self.spec) + (f" as {' or '.join(formats)}" if formats else "")


def read_text_column(name: str, spec: RawColumn) -> Reading:
    """The reading of a column that is text; an empty text is no value."""
    raw = identifier(name)
    if spec.type == "string":
        return Reading(name, spec, raw, raw, {})
    if spec.type in ("date", "time"):
        others = {rule: _by_format(raw, form) for rule, form in spec.formats.items()}
        return Reading(name, spec, raw, _instant(raw, spec), others)
    return Reading(name, spec, raw, _FROM_TEXT[spec.type](_plain_number(raw, spec), spec), {})


def read_typed_column(name: str, spec: RawColumn, found: str, where: str) -> Reading:
    """The reading of a column that a Parquet file holds as DuckDB's type `found`.

    where: the file, for messages. Raises SourceError for a type that can't hold what is declared.
    """
    if found == "VARCHAR" and spec.type != "string":
        return read_text_column(name, spec)
    raw = identifier(name)
    decimal = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", found)
    if spec.type == "string" and found != "VARCHAR":
        if found not in (*_WHOLE, "UUID", "HUGEINT", "UBIGINT") and not found.startswith("ENUM"):
            raise _other_type(name, spec, found, where)
        return Reading(name, spec, raw, f"CAST({raw} AS VARCHAR)", {})
    fits = found == "VARCHAR" or found in _FITTING[spec.type]
    if decimal and spec.type in ("number", "decimal"):
        fits = spec.type == "number" or int(decimal[2]) <= spec.decimals
    if not fits:
        raise _other_type(name, spec, found, where)
    if spec.type in ("date", "time") and found != "TIMESTAMP":
        return Reading(name, spec, raw, f"CAST({raw} AS TIMESTAMP)", {})
    return Reading(name, spec, raw, raw, {})


def _other_type(name: str, spec: RawColumn, found: str, where: str) -> SourceError:
    return SourceError(
        f"{where}: column {name!r} has type {found}; expected {expected(spec)}. Correct the "
        "type in the mapping, or fetch the file anew."
    )


def _plain_number(raw: str, spec: RawColumn) -> str:
    """The text with the declared marks replaced by a leading minus and a point; NULL where the
    marks do not stand as numbers have them (a stray point is no thousands mark)."""
    text = raw
    if spec.negative == "trailing_minus":
        text = f"regexp_replace({text}, '^\\s*([0-9].*?)\\s*-\\s*$', '-\\1')"
    elif spec.negative == "parentheses":
        text = f"regexp_replace({text}, '^\\s*\\((.*)\\)\\s*$', '-\\1')"
    if not spec.thousands and spec.decimal == ".":
        return text
    mark, point = re.escape(spec.thousands), re.escape(spec.decimal)
    whole = r"\d+"
    if mark:  # groups of three, of two before the last three (India), of four (China)
        grouped = rf"\d{{1,3}}({mark}\d{{3}})+|\d{{1,2}}({mark}\d{{2}})*{mark}\d{{3}}"
        whole = rf"(\d+|{grouped}|\d{{1,4}}({mark}\d{{4}})+)"
    number = rf"({whole}({point}\d*)?|{point}\d+)([eE][+-]?\d+)?"
    shape = rf"\s*[+-]?\s*{whole if spec.type == 'integer' else number}\s*"
    plain = f"replace({text}, {literal(spec.thousands)}, '')" if mark else text
    if spec.decimal != ".":
        plain = f"replace({plain}, {literal(spec.decimal)}, '.')"
    return f"CASE WHEN regexp_full_match({text}, {literal(shape)}) THEN {plain} END"


def _integer(text: str, _: RawColumn) -> str:
    return (
        f"CASE WHEN regexp_full_match({text}, '\\s*[+-]?\\d+\\s*') "
        f"THEN TRY_CAST({text} AS BIGINT) END"
    )


def _number(text: str, _: RawColumn) -> str:
    return f"CASE WHEN isfinite(TRY_CAST({text} AS DOUBLE)) THEN TRY_CAST({text} AS DOUBLE) END"


def _decimal(text: str, spec: RawColumn) -> str:
    n = spec.decimals
    behind = rf"\d+\.?\d{{0,{n}}}" + (rf"|\.\d{{1,{n}}}" if n else "")
    return (
        f"CASE WHEN regexp_full_match({text}, '\\s*[+-]?({behind})0*\\s*') "
        f"THEN TRY_CAST({text} AS {sql_type(spec)}) END"
    )


_FROM_TEXT: dict[RawType, Callable[[str, RawColumn], str]] = {
    "integer": _integer,
    "number": _number,
    "decimal": _decimal,
}


def _instant(raw: str, spec: RawColumn) -> str:
    if spec.format:
        return _by_format(raw, spec.format)
    if spec.type == "date":
        return _by_format(raw, "%Y-%m-%d")
    return f"CAST(TRY_CAST({raw} AS TIMESTAMPTZ) AS TIMESTAMP)"


def _by_format(raw: str, form: str) -> str:
    return f"CAST(try_strptime({raw}, {literal(form)}) AS TIMESTAMP)"
