"""The SQL that a mapping may hold: expressions over a row's own columns, and nothing that reads a
table or a file.

DuckDB's own parser reads it, the one that runs it later: a second parser that understood a text in
another way would be a hole. What is not on the lists below is refused. Behind them the session
opens no file besides the delivered ones (src/sources/staging/session.py).
"""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from src.privacy.expressions import is_one_piece, short, syntax_tree

# Kinds of nodes as DuckDB's parser names them.
_KINDS = (
    *("BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT"),
    *("FUNCTION", "LAMBDA", "OPERATOR", "STAR", "TYPE", "WINDOW"),
)
_NOT_ALLOWED = {
    "SUBQUERY": "reads a table by a query inside the expression",
    "PARAMETER": "holds a parameter, which nobody fills",
    "POSITIONAL_REFERENCE": "names a column by its number",
    "DEFAULT": "says DEFAULT, which is no value",
}
# By what they are for, as configs/sources/README.md lists them.
FUNCTIONS: Mapping[str, frozenset[str]] = {
    kind: frozenset(names.split())
    for kind, names in {
        "conditions": "coalesce constant_or_null greatest if ifnull isfinite isinf isnan "
        "least nullif try typeof",
        "texts": "ascii bit_length char_length character_length chr concat concat_ws contains "
        "damerau_levenshtein ends_with format from_base64 from_hex hash hex instr "
        "jaccard jaro_similarity jaro_winkler_similarity lcase left left_grapheme len length "
        "levenshtein like_escape lower lpad ltrim md5 nfc_normalize not_like_escape ord "
        "overlay position prefix printf regexp_escape regexp_extract regexp_extract_all "
        "regexp_full_match regexp_matches regexp_replace regexp_split_to_array repeat replace "
        "reverse right rpad rtrim sha1 sha256 split split_part starts_with str_split string_split "
        "string_split_regex strip_accents strlen strpos substr substring suffix to_base64 "
        "to_hex translate trim ucase unhex unicode upper url_decode url_encode",
        "numbers": "abs add bit_count cbrt ceil ceiling divide even exp floor gcd lcm ln log log10 "
        "log2 mod multiply pow power round round_even sign sqrt subtract trunc xor",
        "dates and times": "age century date_add date_diff date_part date_sub date_trunc datediff "
        "datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear decade epoch "
        "epoch_ms epoch_ns epoch_us era hour isodow isoyear julian last_day make_date make_time "
        "make_timestamp make_timestamptz microsecond millisecond minute month monthname quarter "
        "second strftime strptime time_bucket timezone to_days to_hours to_microseconds "
        "to_milliseconds to_minutes to_months to_seconds to_timestamp to_weeks to_years "
        "try_strptime week weekday weekofyear year yearweek",
        "lists and structures": "array_length cardinality element_at flatten generate_series "
        "list_apply list_concat list_contains list_distinct list_extract list_filter list_has "
        "list_has_all list_has_any list_indexof list_max list_min list_position list_reduce "
        "list_reverse list_slice list_sort list_sum list_transform list_unique list_value "
        "list_where list_zip map map_contains map_extract map_from_entries map_keys map_values "
        "range row struct_extract struct_pack unpivot_list",
        "JSON": "from_json json json_array json_array_length json_contains json_exists "
        "json_extract json_extract_path json_extract_path_text json_extract_string json_keys "
        "json_merge_patch json_object json_quote json_type json_valid json_value to_json",
        "over windows": "any_value arg_max arg_min array_agg avg bool_and bool_or count count_if "
        "count_star cume_dist dense_rank fill first first_value lag last last_value lead list mad "
        "max max_by mean median min min_by mode nth_value ntile percent_rank product quantile "
        "quantile_cont quantile_disc rank rank_dense row_number stddev stddev_pop stddev_samp "
        "string_agg sum var_pop var_samp variance",
    }.items()
}
_KNOWN = frozenset().union(*FUNCTIONS.values())
_OPERATORS = (
    *("+", "-", "*", "/", "//", "%", "**", "^", "||", "&", "|", "<<", ">>", "@", "^@"),
    *("~", "!~", "~*", "!~*", "~~", "!~~", "~~*", "!~~*", "~~~"),
)
_CLOCKS = ("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp")
_EXPECTED = (
    "expected an expression over the row's columns: operators, CASE, CAST, windows and the "
    "functions that configs/sources/README.md lists under 'What SQL may say'"
)


def require_allowed(sql: str) -> None:
    """Raise ValueError, with the remedy, for SQL that is no single expression of what is allowed.

    >>> require_allowed("CASE WHEN dc = 'D' THEN -amount ELSE amount END")
    >>> require_allowed("coalesce((SELECT 1), 0)")
    Traceback (most recent call last):
        ...
    ValueError: 'coalesce((SELECT 1), 0)' reads a table by a query inside the expression; \
expected an expression over the row's columns: operators, CASE, CAST, windows and the functions \
that configs/sources/README.md lists under 'What SQL may say'. To ask about another file, name it \
under 'join': its columns are empty where no row matches
    """
    tree = syntax_tree(sql)
    if not is_one_piece(sql):
        raise ValueError(
            f"{short(sql)} is no single expression; {_EXPECTED}. Close what it opens, and leave "
            "out comments"
        )
    _require(tree, sql)


def _require(node: Any, sql: str) -> None:
    if isinstance(node, list):
        for part in node:
            _require(part, sql)
    elif isinstance(node, dict):
        if fault := _fault(node):
            raise ValueError(f"{short(sql)} {fault}")
        for part in node.values():
            _require(part, sql)


def _fault(node: dict[str, Any]) -> str | None:
    """What is wrong with a node by itself, and what to do; None if nothing is."""
    kind = node.get("class")
    if kind is not None and kind not in _KINDS:
        what = _NOT_ALLOWED.get(kind, f"holds what DuckDB calls {kind}")
        cure = (
            "To ask about another file, name it under 'join': its columns are empty where no row "
            "matches"
            if kind == "SUBQUERY"
            else "Write it with what is allowed"
        )
        return f"{what}; {_EXPECTED}. {cure}"
    if kind == "COLUMN_REF" and str(node["column_names"][-1]).lower() in _CLOCKS:
        return f"reads the clock, which is another at each run; {_EXPECTED}. Use _delivered"
    name = str(node.get("function_name", "")).lower() if kind in ("FUNCTION", "WINDOW") else ""
    if not name or name in _KNOWN or name in _OPERATORS:
        return None
    close = get_close_matches(name, _KNOWN, n=1)
    cure = f"Did you mean {close[0]!r}?" if close else "Write it with what is allowed"
    what = "calls the function" if name[0].isalnum() else "uses the operator"
    return f"{what} {name!r}; {_EXPECTED}. {cure}"
