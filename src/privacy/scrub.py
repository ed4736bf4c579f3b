"""Free text without direct identifiers: in their place stands what they were, such as [phone].

Two passes in the DuckDB session, both linear in the text: the customer's own details as the vault
knows them, then whatever looks like an e-mail address, an identity, phone or card number.
"""

import duckdb

_WIDE, _NARROW = "０１２３４５６７８９＠－＋．", "0123456789@-+."
# in this order: what is told by its form goes before mere runs of digits, long before short
_WORDS = (
    (r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", "email"),
    (r"\b[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}\b", "id"),
)
_DIGITS = (
    (r"[0-9]{17}[0-9Xx]|[0-9]{15}", "id"),
    (r"(?:(?:\+|00)?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]{4}){2}", "phone"),
    (r"\+[0-9]{1,3}(?:[ -]?[0-9]{2,4}){2,5}", "phone"),
    (r"0[0-9]{2,3}[ -]?[0-9]{7,8}", "phone"),
    (r"[0-9](?:[ -]?[0-9]){11,18}", "card"),
    (r"[0-9]{9,}", "number"),
)
# What every one of these needs: a text without it holds none of them.
_SUSPECT = r"@|\+[0-9]|[0-9](?:[ -]?[0-9]){5}"
# longest first: an address or an e-mail address may hold the name
_LABELS = {
    "address": "address",
    "email": "email",
    "id_number": "id",
    "phone": "phone",
    "record": "customer",
    "name": "name",
}
LABELS = tuple(sorted({*_LABELS.values(), *(label for _, label in (*_WORDS, *_DIGITS))}))
_SHORTEST = {"address": 6, "email": 6, "id_number": 6, "phone": 7, "record": 6, "name": 2}


def scrubbed(text: str) -> str:
    """SQL that gives the expression `text` without anything that looks like an identifier."""
    found = _narrow(text)
    for pattern, label in _WORDS:
        found = f"regexp_replace({found}, '{pattern}', '[{label}]', 'g')"
    for pattern, label in _DIGITS:
        alone = rf"(^|[^0-9])(?:{pattern})([^0-9]|$)"
        # twice: two numbers that share the sign between them are not found in one pass
        for _ in range(2):
            found = f"regexp_replace({found}, '{alone}', '\\1[{label}]\\2', 'g')"
    return found


def scrub(
    connection: duckdb.DuckDBPyConnection, table: str, customer: str, text: str, details: str
) -> None:
    """Take identifiers out of a text column of a table of the session, in place.

    customer: the table's column with the customer as `details` names it. details: SQL that gives
    customer, record (its number), name, phone, address, id_number, email: one row per record or
    version of a customer; any of them may be empty, and so may the whole result. Names count in
    either order, with and without blanks; phone and identity numbers with any separators.
    """
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE own_details AS SELECT DISTINCT * FROM ({details}) "
        f"WHERE customer IN (SELECT {customer} FROM {table})"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE own_texts AS SELECT {customer} AS customer, "
        f"{_letters(text)} AS letters FROM {table} WHERE {text} IS NOT NULL"
    )
    for kind, label in _LABELS.items():
        connection.execute(
            f"UPDATE {table} SET {text} = regexp_replace({_narrow(f'{table}.{text}')}, "
            f"own.pattern, '[{label}]', 'g') FROM ({_own(kind)}) AS own "
            f"WHERE {table}.{customer} = own.customer"
        )
    connection.execute(
        f"UPDATE {table} SET {text} = {scrubbed(text)} "
        f"WHERE regexp_matches({_narrow(text)}, '{_SUSPECT}')"
    )
    connection.execute("DROP TABLE own_details; DROP TABLE own_texts")


def _own(kind: str) -> str:
    """SQL: customer, and a pattern of all spellings of those details whose letters stand in a text
    of the customer's. Patterns are dear, a plain search for letters is cheap."""
    spellings = [_letters("detail")]
    if kind == "name":
        spellings.append(_letters(f"array_to_string(list_reverse({_words('detail')}), ' ')"))
    found = " OR ".join(f"contains(t.letters, s.spelling_{i})" for i in range(len(spellings)))
    spelled = ", ".join(f"{sql} AS spelling_{i}" for i, sql in enumerate(spellings))
    return (
        # reverse: the longer of two with one beginning
        f"SELECT customer, '(?i)' || array_to_string(list_reverse_sort(list_distinct(list("
        f"{_pattern(kind, 'detail')}))), '|') AS pattern FROM (SELECT DISTINCT d.customer, "
        f"s.detail FROM own_details AS d JOIN (SELECT detail, {spelled} FROM (SELECT DISTINCT "
        f"{kind} AS detail FROM own_details)) AS s ON d.{kind} = s.detail JOIN own_texts AS t "
        f"ON d.customer = t.customer WHERE length(s.spelling_0) >= {_SHORTEST[kind]} "
        f"AND ({found})) GROUP BY customer"
    )


def _letters(text: str) -> str:
    """SQL: the letters and digits alone, small."""
    return f"lower(regexp_replace({_narrow(text)}, '[^\\p{{L}}\\p{{N}}]', '', 'g'))"


def _narrow(text: str) -> str:
    return f"translate({text}, '{_WIDE}', '{_NARROW}')"


def _pattern(kind: str, detail: str) -> str:
    """SQL: a pattern of one detail's spellings."""
    plain = f"trim(regexp_replace({_narrow(detail)}, '\\s+', ' ', 'g'))"
    if kind == "name":
        return _name_pattern(plain)
    if kind == "record":
        return f"'\\b' || regexp_escape({plain}) || '\\b'"
    if kind in ("phone", "id_number"):
        signs = f"regexp_extract_all({plain}, '[0-9A-Za-z]')"
        return f"array_to_string({signs}, '[ -]?')"
    return f"replace(regexp_escape({plain}), '\\ ', ' *')"


def _name_pattern(name: str) -> str:
    """SQL: Han names by their signs, others by their words in either order."""
    signs = f"list_transform(regexp_extract_all({name}, '[^ ]'), lambda s: regexp_escape(s))"
    words = f"list_transform({_words(name)}, lambda word: regexp_escape(word))"
    border = f"CASE WHEN regexp_full_match({name}, '[ -~]*') THEN '\\b' ELSE '' END"
    either = " || '|' || ".join(
        f"{border} || array_to_string({order}, '[ ,]*') || {border}"
        for order in (words, f"list_reverse({words})")
    )
    return (
        f"CASE WHEN regexp_matches({name}, '\\p{{Han}}') THEN array_to_string({signs}, ' *') "
        f"ELSE {either} END"
    )


def _words(name: str) -> str:
    """SQL: the words of a name, without the marks around them."""
    inside = "[\\p{L}\\p{N}]"
    return f"regexp_extract_all({name}, '{inside}[^ ,]*{inside}|{inside}')"
