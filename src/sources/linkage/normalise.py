"""One row per version of a record, with every field in the form in which it is compared."""

import duckdb

from src.sources.linkage.names import fold_names

EARLIEST_BIRTH = "DATE '1900-01-02'"  # 1900-01-01 is what systems write for "unknown"

_FULL_WIDTH = "".join(chr(code) for code in range(0xFF01, 0xFF5F)) + "　"
_HALF_WIDTH = "".join(chr(code) for code in range(0x21, 0x7F)) + " "
_NOTHING = (
    "'', 'na', 'n/a', 'nan', 'null', 'none', 'nil', 'unknown', 'test', '-', '--', '.', '/', "
    "'无', '未知', '不详', '空', '暂无', '测试', '未填', '未提供'"
)
_JUNK_PHONE = "0{7}|1{7}|2{7}|3{7}|4{7}|5{7}|6{7}|7{7}|8{7}|9{7}|^1234567|^7654321|^13800138000$"
_JUNK_NUMBER = "^.?0+.?$|^1+$|^9+$|^123456"
_TAIL_DIGITS = 4
_RESIDENT_REMAINDERS = "10X98765432"
_CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def plain(text: str) -> str:
    """SQL: `text` in half width, lower case, trimmed; null if it is a placeholder for nothing."""
    folded = f"trim(lower(translate({text}, '{_FULL_WIDTH}', '{_half_width()}')))"
    return f"CASE WHEN {folded} NOT IN ({_NOTHING}) THEN {folded} END"


def _half_width() -> str:
    return _HALF_WIDTH.replace("'", "''")


def phone(text: str) -> str:
    """SQL over plain text: digits without +86, 0086 or 86; null for numbers that say nothing."""
    digits = f"regexp_replace(regexp_replace({text}, '[^0-9]', '', 'g'), '^(0086|86)', '')"
    return f"CASE WHEN NOT contains({text}, '*') THEN {digits} END"


def address(text: str) -> str:
    """SQL over plain text: letters and digits, without the words for province, city, room."""
    joined = f"regexp_replace({text}, '[^0-9a-z\\x{{3400}}-\\x{{9fff}}]+', '-', 'g')"
    suffixes = "特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|省|市"
    bare = f"regexp_replace({joined}, '({suffixes})', '', 'g')"
    numbered = f"regexp_replace({bare}, '(号院|号楼|号|栋|幢|座|单元|楼|室|房)', '-', 'g')"
    between_words = rf"regexp_replace({numbered}, '([^0-9-])-+([^0-9-])', '\1\2', 'g')"
    return f"nullif(trim(regexp_replace({between_words}, '-+', '-', 'g'), '-'), '')"


def id_number(text: str) -> str:
    """SQL over plain text: upper case letters and digits; null if masked."""
    return (
        f"CASE WHEN NOT contains({text}, '*') "
        f"THEN regexp_replace(upper({text}), '[^0-9A-Z]', '', 'g') END"
    )


def account_tail(text: str) -> str:
    """SQL over plain text: the last four digits; null if there are fewer, or four zeros."""
    digits = f"regexp_replace({text}, '[^0-9]', '', 'g')"
    return (
        f"CASE WHEN length({digits}) >= {_TAIL_DIGITS} "
        f"THEN nullif(right({digits}, {_TAIL_DIGITS}), '{'0' * _TAIL_DIGITS}') END"
    )


def eighteen_digits(number: str) -> str:
    """SQL: a resident number of before 1999 (fifteen digits) as it is written since."""
    old = f"(substr({number}, 1, 6) || '19' || substr({number}, 7))"
    return (
        f"CASE WHEN regexp_matches({number}, '^[0-9]{{15}}$') THEN {old} || {_resident_check(old)} "
        f"WHEN length({number}) >= 6 AND NOT regexp_matches({number}, '{_JUNK_NUMBER}') "
        f"THEN {number} END"
    )


def is_resident(number: str) -> str:
    """SQL: whether a resident identity number holds a date and its check digit is right."""
    return (
        f"(regexp_matches({number}, '^[1-9][0-9]{{16}}[0-9X]$') "
        f"AND try_strptime(substr({number}, 7, 8), '%Y%m%d') IS NOT NULL "
        f"AND {_resident_check(number)} = substr({number}, 18))"
    )


def is_credit_code(number: str) -> str:
    """SQL: whether a unified social credit code (GB 32100) has the right check character."""
    weights = [3**at % 31 for at in range(17)]
    terms = " + ".join(
        f"(strpos('{_CREDIT_LETTERS}', substr({number}, {at + 1}, 1)) - 1) * {weight}"
        for at, weight in enumerate(weights)
    )
    check = f"substr('{_CREDIT_LETTERS}', CAST((31 - ({terms}) % 31) % 31 AS INT) + 1, 1)"
    return (
        f"(regexp_matches({number}, '^[{_CREDIT_LETTERS}]{{18}}$') "
        f"AND substr({number}, 18) = {check})"
    )


def _resident_check(number: str) -> str:
    """The check character of GB 11643 (ISO 7064, mod 11-2) for the first seventeen digits."""
    terms = " + ".join(
        f"coalesce(TRY_CAST(substr({number}, {at + 1}, 1) AS INT), 0) * {2 ** (17 - at) % 11}"
        for at in range(17)
    )
    return f"substr('{_RESIDENT_REMAINDERS}', CAST(({terms}) % 11 AS INT) + 1, 1)"


def normalise(connection: duckdb.DuckDBPyConnection) -> None:
    """Make linkage_versions from identity_versions and identity_accounts: one row per record and
    distinct content.

    Columns: version (BIGINT, in order of known_at, record), record, system, known_at, kind,
    name_text, name_latin, name_letters, phone, address, address_numbers, id_number, id_kind
    (resident, company, other), id_valid (its check digit is right), email, birth_date (DATE),
    account_tail. A version that says nothing new of its record is left out; an account that becomes
    known is a version of its own. A valid resident number tells the date of birth where the field
    is empty or impossible.
    """
    fold_names(connection)
    connection.execute(_told_sql())
    connection.execute(_versions_sql())
    connection.execute("DROP TABLE linkage_names; DROP TABLE linkage_told")


def _told_sql() -> str:
    """Versions with the account that was known of the record by then, and once more from each
    further account on."""
    return f"""
    CREATE OR REPLACE TABLE linkage_told AS
    WITH accounts AS (
        SELECT record, account_tail, greatest(min(known_at), any_value(since)) AS known_at
        FROM (SELECT record, {account_tail(plain("account"))} AS account_tail, known_at
            FROM identity_accounts)
        JOIN (SELECT record, min(known_at) AS since FROM identity_versions GROUP BY record)
            USING (record)
        WHERE account_tail IS NOT NULL
        GROUP BY record, account_tail
    ), last AS (
        FROM accounts
        QUALIFY row_number() OVER (PARTITION BY record, known_at ORDER BY account_tail) = 1
    )
    SELECT versions.*, account_tail
    FROM identity_versions AS versions ASOF LEFT JOIN last
        ON versions.record = last.record AND versions.known_at >= last.known_at
    UNION ALL BY NAME
    SELECT versions.* REPLACE (accounts.known_at AS known_at), account_tail
    FROM accounts ASOF JOIN identity_versions AS versions
        ON accounts.record = versions.record AND accounts.known_at >= versions.known_at
    """


def _versions_sql() -> str:
    said = ", ".join(f"{plain(field)} AS {field}" for field in ("phone", "address", "email"))
    return f"""
    CREATE OR REPLACE TABLE linkage_versions AS
    WITH said AS (
        SELECT record, system, known_at, kind, name, {said}, {plain("id_number")} AS id_number,
            CAST(birth_date AS DATE) AS born, account_tail
        FROM linkage_told
    ), cleaned AS (
        SELECT record, system, known_at, kind, name_text, name_latin, name_letters, born,
            account_tail, {phone("phone")} AS digits, {address("address")} AS address,
            {id_number("id_number")} AS written,
            CASE WHEN contains(email, '@') THEN email END AS email
        FROM said LEFT JOIN linkage_names USING (name)
    ), joined AS (
        SELECT * EXCLUDE (written, digits), {eighteen_digits("written")} AS id_number,
            CASE WHEN length(digits) >= 7 AND NOT regexp_matches(digits, '{_JUNK_PHONE}')
                THEN digits END AS phone
        FROM cleaned
    ), checked AS (
        SELECT *,
            coalesce({is_resident("id_number")}, false) AND kind IS DISTINCT FROM 'company'
                AS is_resident,
            nullif(trim(regexp_replace(address, '[^0-9]+', '-', 'g'), '-'), '') AS address_numbers,
            coalesce({is_credit_code("id_number")}, false) AND kind IS DISTINCT FROM 'person'
                AS is_company
        FROM joined
    ), dated AS (
        SELECT * EXCLUDE (is_resident, is_company, born),
            CASE WHEN id_number IS NULL THEN NULL
                WHEN is_company OR kind = 'company' THEN 'company'
                WHEN length(id_number) = 18 THEN 'resident' ELSE 'other' END AS id_kind,
            is_resident OR is_company AS id_valid,
            CASE WHEN is_resident
                THEN CAST(try_strptime(substr(id_number, 7, 8), '%Y%m%d') AS DATE)
            WHEN born >= {EARLIEST_BIRTH} AND born <= CAST(known_at AS DATE) THEN born END
                AS birth_date
        FROM checked
    )
    SELECT row_number() OVER (ORDER BY known_at, record, content) AS version, * EXCLUDE content
    FROM (
        SELECT *, md5(CAST(row(kind, name_text, name_letters, phone, address, id_number, email,
            birth_date, account_tail) AS VARCHAR)) AS content
        FROM dated
        QUALIFY row_number() OVER (PARTITION BY record, content ORDER BY known_at) = 1
    )
    """
