"""A private value shown by its shape alone: enough to see a fault, nothing to recognise by."""

import re
import unicodedata

import duckdb

_LONGEST = 32
_SHAPES = {"Lu": "A", "Lt": "A", "Ll": "a", "Lm": "a", "Lo": "字", "N": "9", "Z": " "}
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_LONG_NUMBER = re.compile(r"[0-9]{5,}")
_OF_THE_SQL = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.IOException,
    duckdb.OutOfMemoryException,
)
_KEPT = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


def mask(value: object, kind: str) -> str:
    """The kind and the shape: digits as 9, letters as A and a, others as 字, marks as they are.

    kind: what the value is of, such as phone. Long values are cut, free text gives its length
    alone. An empty value stays empty.

    >>> mask("138-0013-8000", "phone")
    '[phone 999-9999-9999]'
    >>> mask("王伟", "name")
    '[name 字字]'
    """
    if value is None or value == "":
        return ""
    text = str(value)
    if kind == "text":
        return f"[text of {len(text)}]"
    shape = "".join(map(_shape, text[:_LONGEST]))
    return f"[{kind} {shape}{'…' if len(text) > _LONGEST else ''}]"


def masked_error(error: Exception) -> str:
    """The first line of an engine's error without values of the data: of what it quotes the shape.

    Errors of the SQL itself quote no data and stay as they are.

    >>> masked_error(duckdb.ConversionException("Could not convert string '王伟' to INT32"))
    'Could not convert string [value 字字] to INT32'
    """
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if isinstance(error, _OF_THE_SQL):
        return first
    shown = _QUOTED.sub(lambda found: mask(found[0][1:-1], "value"), first)
    shown = _LONG_NUMBER.sub(lambda found: "9" * len(found[0]), shown)
    return "".join(sign if sign.isascii() else _shape(sign) for sign in shown)


def masked(column: str, kind: str) -> str:
    """SQL for DuckDB that gives `mask` of a column or expression; null and empty give ''."""
    text = f"CAST({column} AS VARCHAR)"
    if kind == "text":
        shown = f"'[text of ' || length({text}) || ']'"
    else:
        shape = f"left({text}, {_LONGEST})"
        for pattern, sign in _SQL_SHAPES:
            shape = f"regexp_replace({shape}, '{pattern}', '{sign}', 'g')"
        more = f"CASE WHEN length({text}) > {_LONGEST} THEN '…' ELSE '' END"
        shown = f"'[{kind} ' || {shape} || {more} || ']'"
    return f"CASE WHEN {column} IS NULL OR {text} = '' THEN '' ELSE {shown} END"


def _shape(sign: str) -> str:
    category = unicodedata.category(sign)
    found = _SHAPES.get(category) or _SHAPES.get(category[0])
    return found or (sign if sign in _KEPT else "?")


# in this order: a sign that a pattern gives is one that the later ones leave as it is
_SQL_SHAPES = (
    (r"\p{N}", "9"),
    (r"[\p{Lu}\p{Lt}]", "A"),
    (r"[\p{Ll}\p{Lm}]", "a"),
    (r"\p{Lo}", "字"),
    (r"\p{Z}", " "),
    (r"[^9Aa字 -/:-@\[-`{-~]", "?"),
)
