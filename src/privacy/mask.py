"""A private value shown by its shape alone: enough to see a fault, nothing to recognise by."""

import unicodedata

_LONGEST = 32
_SHAPES = {"Lu": "A", "Lt": "A", "Ll": "a", "Lm": "a", "Lo": "字", "N": "9", "Z": " "}
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
