"""Which columns an SQL expression names, and of which its value is made: by DuckDB's own parser."""

import atexit
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

EVERY = "*"
Parts = tuple[str, ...]
# What is only asked about: its result is true or false, or one of the texts beside it.
_ASKING = ("COMPARISON", "CONJUNCTION", "BETWEEN")
_ASKED = ("when_expr", "where_clause", "filter_expr", "partitions", "orders")


@dataclass(frozen=True)
class Mentions:
    """named: every column, as the parts of its name (("accounts", "cif_no")), EVERY in the place of
    one for a star. told: those that the value may repeat or be computed of: all but those in a
    comparison, in the condition of a CASE, or by which rows are chosen, grouped or ordered."""

    named: frozenset[Parts]
    told: frozenset[Parts]


@cache
def mentions(sql: str) -> Mentions:
    """What an expression mentions.

    Raises ValueError if it is no single expression.

    >>> sorted(mentions("CASE WHEN name LIKE '%Ltd' THEN kind ELSE a.kind END").told)
    [('a', 'kind'), ('kind',)]
    """
    named: set[Parts] = set()
    told: set[Parts] = set()
    _walk(syntax_tree(sql), True, named, told)
    return Mentions(frozenset(named), frozenset(told))


@cache
def syntax_tree(sql: str) -> Any:
    """The syntax tree of one expression, as DuckDB's parser gives it.

    Raises ValueError if it is no single expression.

    >>> syntax_tree("lower(name)")["function_name"]
    'lower'
    """
    parsed = _parsed(f"SELECT (\n{sql}\n)")
    if parsed["error"]:
        raise ValueError(f"{short(sql)} can't be read as SQL: {parsed['error_message']}")
    statements = parsed["statements"]
    selected: list[Any] = []
    if len(statements) == 1:
        selected = statements[0]["node"].get("select_list", [])
    if len(selected) != 1:
        raise ValueError(f"{short(sql)} is no single expression; expected the SQL of one value")
    return selected[0]


def is_one_piece(sql: str) -> bool:
    """Whether an expression closes all that it opens, so that it can stand inside other SQL: as a
    part of one line, a comment or a parenthesis in it swallows nothing of what follows.

    >>> is_one_piece("(a + 1)"), is_one_piece("1 --"), is_one_piece("1) + (2")
    (True, False, False)
    """
    return not _parsed(f"SELECT CASE WHEN {sql} THEN 0 END")["error"]


def _parsed(sql: str) -> dict[str, Any]:
    asked = _parser().cursor().execute("SELECT json_serialize_sql(?)", [sql])
    tree: dict[str, Any] = json.loads(asked.fetchall()[0][0])
    return tree


@cache
def _parser() -> Any:
    """One session for all expressions. Imported here and let go at the exit: what an error's
    traceback holds outlives the interpreter, and DuckDB would complain of being among it."""
    import duckdb

    atexit.register(_parser.cache_clear)
    return duckdb.connect(config={"threads": 1})


def short(sql: str) -> str:
    """An expression for messages, cut if it is long."""
    return repr(sql if len(sql) <= 60 else sql[:59] + "…")


def _walk(node: Any, tells: bool, named: set[Parts], told: set[Parts]) -> None:
    """Collect what a part of the syntax tree mentions. tells: whether its value is passed on."""
    if isinstance(node, list):
        for part in node:
            _walk(part, tells, named, told)
        return
    if not isinstance(node, dict):
        return
    kind = node.get("class")
    if kind in ("COLUMN_REF", "STAR"):
        path = _path(node)
        named.add(path)
        if tells:
            told.add(path)
    asks = kind in _ASKING
    for key, part in node.items():
        _walk(part, tells and not asks and key not in _ASKED, named, told)


def _path(node: dict[str, Any]) -> Parts:
    if node["class"] == "COLUMN_REF":
        return tuple(node["column_names"])
    relation = node.get("relation_name")
    return (relation, EVERY) if relation else (EVERY,)
