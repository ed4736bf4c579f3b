"""How raw files are read: the section `files` of a mapping, and its control file."""

import codecs
import re
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from src.core.config import Settings

RawType = Literal["string", "integer", "number", "decimal", "date", "time"]
RawFormat = Literal["csv", "parquet", "jsonl", "sql"]
Private = Literal["name", "phone", "address", "id_number", "email", "record", "account", "text"]
RESERVED = ("_row", "_file", "_line", "_delivered", "_unreadable")
STAR = "*"
MOST_DECIMALS = 18
_INSTANTS = ("date", "time")
_NUMBERS = ("integer", "number", "decimal")
_RULE_NAME = re.compile(r"[a-z][a-z0-9_]*")
# user:password@ of a URL; as SQLAlchemy reads it, the password may hold anything but @.
_PASSWORD = re.compile(
    r"://[^/@:]*:(?P<password>[^@]*)@|[?&;](?:password|passwd|pwd)=(?P<other>[^&]*)"
)
_FROM_ENVIRONMENT = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")


class RawColumn(Settings):
    """One column of a raw file.

    format: of dates and times, as strptime has it (%Y-%m-%d); formats: rule name -> other formats,
    tried in their order where `format` does not fit, each use counted under the rule's name;
    decimals: digits behind the mark that a `decimal` may have, 18 for what exchange rates are made
    of; decimal: the decimal mark; thousands: a mark to leave out; negative: how numbers below 0 are
    written, besides a leading minus; required: empty is unreadable; private: what about a person
    the column tells, which no output but the vault may show.
    """

    type: RawType = "string"
    format: str | None = None
    formats: dict[str, str] = Field(default={})
    decimals: int = Field(default=6, ge=0, le=MOST_DECIMALS)
    decimal: str = Field(default=".", min_length=1, max_length=1)
    thousands: str = Field(default="", max_length=1)
    negative: Literal["trailing_minus", "parentheses"] | None = None
    required: bool = False
    private: Private | None = None

    @model_validator(mode="after")
    def _fits_type(self) -> Self:
        for key, types in _KEYS_OF_TYPES.items():
            if getattr(self, key) != RawColumn.model_fields[key].default and self.type not in types:
                raise ValueError(
                    f"{key!r} stands beside type {self.type!r}; expected one of "
                    f"{', '.join(types)}. Change the type or leave {key!r} out"
                )
        if self.decimal == self.thousands and self.type != "integer":
            raise ValueError(
                f"{self.decimal!r} is both decimal and thousands mark; expected two different ones"
            )
        for rule in self.formats:
            _require_rule_name(rule)
        return self


_KEYS_OF_TYPES: dict[str, tuple[str, ...]] = {
    "format": _INSTANTS,
    "formats": _INSTANTS,
    "decimals": ("decimal",),
    "decimal": ("number", "decimal"),
    "thousands": _NUMBERS,
    "negative": _NUMBERS,
}


def _typed(value: Any) -> Any:
    """`amount: decimal` is short for `amount: {type: decimal}`."""
    if isinstance(value, bool):
        raise ValueError(
            f"found {value}; YAML reads yes, no, on and off as truth values: put the name in quotes"
        )
    return {"type": value} if isinstance(value, str) else value


def _require_rule_name(name: str) -> None:
    if not _RULE_NAME.fullmatch(name):
        raise ValueError(
            f"the rule name {name!r} should be lower-case letters, digits and underscores, "
            "such as swapped_day_and_month"
        )


class ExpectedRows(Settings):
    """How many rows one delivery may have, both ends included."""

    at_least: int = Field(default=1, ge=0)
    at_most: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.at_most is not None and self.at_most < self.at_least:
            raise ValueError(
                f"at_most is {self.at_most}; expected at least at_least, {self.at_least}"
            )
        return self


class RawFile(Settings):
    """How one raw file is read. Every column of the file stands in `columns` or in `ignored`.

    path: of the file, or of several deliveries of it, with one star for what differs; delivered:
    strptime format of what the star matched, the UTC midnight at which the delivery arrived, that
    holds what became known since the one before. skip_rows: lines before the header.
    ends_with_newline: whether each delivery of a CSV file does, so that a last line without one was
    cut; left out, as the deliveries before did.
    format sql: `url` of the database (as SQLAlchemy has it; secrets as ${VARIABLE}), `query` or
    `table`; collection extracts it to the Parquet file `path`.
    """

    path: str
    delivered: str | None = None
    format: RawFormat = "csv"
    url: str | None = None
    query: str | None = None
    table: str | None = None
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)
    encoding: str = "utf-8"
    empty: str = ""
    skip_rows: int = Field(default=0, ge=0)
    ends_with_newline: bool | None = None
    expected_rows: ExpectedRows = ExpectedRows()
    columns: dict[str, Annotated[RawColumn, BeforeValidator(_typed)]]
    ignored: tuple[str, ...] = ()

    @property
    def deliveries(self) -> bool:
        """Whether the path stands for several deliveries."""
        return STAR in self.path

    def arrival(self, matched: str) -> datetime | None:
        """The instant that the star's text stands for (naive, UTC); None if it is no such date."""
        try:
            return datetime.strptime(matched, self.delivered or "").replace(tzinfo=None)
        except ValueError:
            return None

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

    @field_validator("path")
    @classmethod
    def _inside(cls, path: str) -> str:
        parts = PurePosixPath(path)
        if not path or parts.is_absolute() or ".." in parts.parts or parts.as_posix() != path:
            raise ValueError(
                f"the path {path!r} should be relative to the source's folder and stay inside it, "
                "such as core/accounts.csv"
            )
        if path.count(STAR) > 1 or any(sign in path for sign in "?[]"):
            raise ValueError(f"the path {path!r} should hold at most one '*' and none of '?[]'")
        return path

    @field_validator("delivered")
    @classmethod
    def _tells_a_day(cls, delivered: str | None) -> str | None:
        if delivered is not None:
            day = datetime(2023, 11, 27, tzinfo=UTC)
            try:
                again = datetime.strptime(day.strftime(delivered), delivered)
            except ValueError:
                again = None
            if again is None or (again.year, again.month) != (day.year, day.month):
                raise ValueError(
                    f"{delivered!r} does not tell year and month; expected a strptime format "
                    "such as '%Y%m%d'"
                )
        return delivered

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.delivered is None) == self.deliveries:
            raise ValueError(
                "give 'path' with one '*' and 'delivered' (the strptime format of what the star "
                "stands for) together, or neither"
            )
        if self.ends_with_newline is not None and self.format != "csv":
            raise ValueError(
                f"'ends_with_newline' is for CSV; found format {self.format!r}. Leave it out"
            )
        _require_distinct_columns(self)
        _require_database_keys(self)
        return self


class Control(Settings):
    """The file that says how many rows each delivery has. file: its name under `files`; path: its
    column with the name of the delivery's file; rows: its column with the number."""

    file: str
    path: str
    rows: str


def _require_distinct_columns(file: RawFile) -> None:
    for column in file.columns:
        if column in RESERVED:
            raise ValueError(
                f"the column name {column!r} is taken by integration; list it under 'ignored', or "
                "rename it in the query or the file"
            )
        if column in file.ignored:
            raise ValueError(
                f"column {column!r} stands both under 'columns' and 'ignored'; keep one of them"
            )


def _require_database_keys(file: RawFile) -> None:
    given = [key for key in ("url", "query", "table") if getattr(file, key) is not None]
    if file.format != "sql":
        if given:
            raise ValueError(f"{given[0]!r} belongs to 'format: sql'; found format {file.format!r}")
        return
    if file.url is None or (file.query is None) == (file.table is None):
        raise ValueError("format sql needs 'url' and exactly one of 'query' and 'table'")
    if file.deliveries or not file.path.endswith(".parquet"):
        raise ValueError(
            f"format sql is extracted to one Parquet file; found path {file.path!r}, expected one "
            "that ends in .parquet and has no star"
        )
    for found in _PASSWORD.finditer(file.url):
        password = found["password"] or found["other"] or ""
        if password and not _FROM_ENVIRONMENT.fullmatch(password):
            raise ValueError(
                "'url' holds a password; expected none in a file that is kept. Put it into an "
                "environment variable and write ${NAME_OF_THE_VARIABLE} in its place"
            )
