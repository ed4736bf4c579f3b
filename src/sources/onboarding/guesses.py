"""How texts of a column could be read: types and formats tried on them, the simplest that fits."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import product

import duckdb
import pyarrow as pa

from src.sources.mapping.raw_files import RawColumn
from src.sources.onboarding.hints import ledger_column
from src.sources.reading.parse import read_text_column
from src.sources.staging.session import first_row

_DAYS = (
    *("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y"),
    *("%Y.%m.%d", "%Y年%m月%d日", "%d%b%Y", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%y%m%d"),
    *("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d%b%y"),
)
_CLOCKS = (" %H:%M:%S", "T%H:%M:%S", " %H:%M", ":%H:%M:%S", "%H%M%S", " %H:%M:%S.%f", " %I:%M %p")
_EMPTY_MARKS = ("null", "n/a", "na", "none", "nan", "-", "--", "\\n", "?", "不详", "无")
_LOOKED_AT = 50
_ENOUGH, _SLIPS = 5, 20
_DATED = ("customers.birth_date", "customers.joined_on", "transactions.occurred_at")


def number_styles(kind: str, texts: Sequence[str]) -> list[RawColumn]:
    """The styles in which numbers of a type are written, the plainest first; those alone whose
    marks stand in the texts."""
    present = set().union(*texts) | {"", "."}
    marks = [("", "."), (",", "."), ("", ","), (".", ","), (" ", ","), (" ", "."), ("'", ".")]
    if kind == "integer":  # a point would more likely be a decimal mark
        marks = [("", "."), (",", "."), (" ", "."), ("'", ".")]
    signs = [(None, ""), ("trailing_minus", "-"), ("parentheses", "(")]
    return [
        _style(kind, decimal=decimal.strip("."), thousands=thousands, negative=sign)
        for (sign, mark), (thousands, decimal) in product(signs, marks)
        if {mark, thousands, decimal} <= present
    ]


def instant_styles(kind: str, texts: Sequence[str]) -> list[RawColumn]:
    """The formats in which dates, or instants, are written; those alone of which a text has the
    shape. Without any, the standard one."""
    some = texts[:_LOOKED_AT]
    if kind == "date":
        forms: Iterable[str] = _DAYS
        styles = []
    else:
        forms = (day + clock for clock, day in product(_CLOCKS, _DAYS))
        styles = [_style("time")]
    styles += [_style(kind, format=form) for form in forms if any(map(_shape(form).match, some))]
    return styles or [_style(kind)]


@cache
def _shape(form: str) -> re.Pattern[str]:
    """The shape of a strptime format."""
    parts = {"Y": r"\d{4}", "b": r"[^\W\d]+", "f": r"\d+", "p": "[AaPp][Mm]"}
    pattern = re.sub(
        r"%(\w)|(\W)",
        lambda m: parts.get(m[1], r"\d\d?") if m[1] else re.escape(m[2]),
        form,
    )
    return re.compile(rf"\s*{pattern}\s*$")


def _style(kind: str, **keys: str | None) -> RawColumn:
    return RawColumn.model_validate({"type": kind} | {k: v for k, v in keys.items() if v})


def count_readable(
    connection: duckdb.DuckDBPyConnection, texts: Sequence[str], styles: Sequence[RawColumn]
) -> list[int]:
    """How many of the texts each style reads; dates only if they are plausible."""
    connection.register("_texts", pa.table({"x": pa.array(texts, pa.string())}))
    counts = []
    for style in styles:
        value = read_text_column("x", style).typed
        if style.type in ("date", "time"):
            counts.append(
                f"count(*) FILTER ({value} BETWEEN TIMESTAMP '1850-01-01' "
                f"AND TIMESTAMP '2200-01-01' OR year({value}) = 9999)"
            )
        else:
            counts.append(f"count({value})")
    row = first_row(connection, f"SELECT {', '.join(counts)} FROM _texts")
    connection.unregister("_texts")
    return [int(count) for count in row or ()]


def best_style(
    connection: duckdb.DuckDBPyConnection, texts: Sequence[str], kind: str
) -> tuple[RawColumn, int]:
    """The style of a type that reads most of the texts, and how many."""
    instants = kind in ("date", "time")
    styles = instant_styles(kind, texts) if instants else number_styles(kind, texts)
    counts = count_readable(connection, texts, styles)
    best = max(range(len(styles)), key=lambda place: (counts[place], -place))
    return styles[best], counts[best]


def guess_column(
    connection: duckdb.DuckDBPyConnection, name: str, texts: Sequence[str]
) -> RawColumn:
    """The type and format of a column by its values and, where digits may be dates, its name: the
    simplest that reads all of them, else the one that reads most, if what it misses are slips (one
    value of at least five, or one in twenty); `misfits` tells which."""
    if not texts or any(_is_code(text) for text in texts):
        kinds: tuple[str, ...] = ("date", "time")
    else:
        kinds = ("integer", "decimal", "number", "date", "time")
    if ledger_column(name) in _DATED:
        kinds = ("date", "time", *(kind for kind in kinds if kind not in ("date", "time")))
    most, found = 0, RawColumn()
    for kind in kinds:
        style, count = best_style(connection, texts, kind)
        if count > most:
            most, found = count, style
    slips = max(1, len(texts) // _SLIPS) if len(texts) >= _ENOUGH else 0
    return found if texts and most >= len(texts) - slips else RawColumn()


def misfits(
    connection: duckdb.DuckDBPyConnection, texts: Sequence[str], style: RawColumn
) -> list[str]:
    """The texts that a style does not read."""
    connection.register("_texts", pa.table({"x": pa.array(texts, pa.string())}))
    value = read_text_column("x", style).typed
    rows = connection.execute(f"SELECT x FROM _texts WHERE {value} IS NULL").fetchall()
    connection.unregister("_texts")
    return [text for (text,) in rows]


def _is_code(text: str) -> bool:
    """Digits with a leading zero are a code and no number."""
    return len(text) > 1 and text[0] == "0" and text.isdigit()


def empty_mark(texts: Sequence[str]) -> str | None:
    """A text that seems to stand for no value."""
    return next((text for text in texts if text.strip().lower() in _EMPTY_MARKS), None)


def differing(style: RawColumn, declared: RawColumn) -> Mapping[str, str]:
    """The keys, as YAML has them, in which a style differs from what is declared."""
    keys = ("type", "format", "decimal", "thousands", "negative")
    return {
        key: str(getattr(style, key) or "")
        for key in keys
        if getattr(style, key) != getattr(declared, key)
    }
