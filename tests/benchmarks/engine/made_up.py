"""A made-up bank's ledger of any size, written quickly: what a timing needs, and nothing to learn.

Every value follows from a hash of the row's number and the seed, so that one seed makes one ledger
on any number of threads. The simulator of src/sources is the bank whose customers behave.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from src.core.schemas import TABLES
from src.core.time import add_months

START = datetime(2022, 1, 1)
MONTHS = 30
SNAPSHOTS = tuple(add_months(START, MONTHS - k) for k in range(11, -1, -1))
# A row group in the order of known_at: integration writes the same.
GROUP_ROWS = 250_000
# weight, kind, sign (0: either), channel, category, share with a product
_KINDS = (
    (0.34, "purchase", -1, None, "groceries,dining,shopping,travel,health,education", None),
    (0.10, "purchase", -1, "online", "rent,utilities,housing,shopping", None),
    (0.13, "transfer_out", -1, None, "own_account,family,supplier,payroll,tax", None),
    (0.09, "transfer_in", 1, "system", "own_account,family,receivable", None),
    (0.07, "transfer_in", 1, "system", "salary,pension", None),
    (0.05, "withdrawal", -1, "atm", None, None),
    (0.04, "deposit", 1, "branch", None, None),
    (0.03, "interest", 1, "system", None, None),
    (0.02, "fee", -1, "system", None, None),
    (0.06, "buy", -1, None, None, "market"),
    (0.03, "sell", 1, None, None, "market"),
    (0.01, "buy", -1, "branch", None, "deposit"),
    (0.01, "sell", 1, "system", None, "deposit"),
    (0.01, "repayment", -1, "system", None, None),
    (0.005, "premium", -1, "system", None, None),
    (0.005, "drawdown", 1, "system", None, None),
)
_CLASSES = (
    "equity",
    "equity_fund",
    "bond_fund",
    "balanced_fund",
    "money_fund",
    "bond",
    "structured",
    "deposit",
)
_PRODUCTS, _MARKET = 240, 210


@dataclass(frozen=True)
class Size:
    """How large the ledger is: everything else follows.

    products_each: of how many quoted products a customer's trades are; 0: of any.
    """

    customers: int
    transactions: int
    seed: int = 7
    start: datetime = START
    months: int = MONTHS
    products_each: int = 0

    @property
    def end(self) -> datetime:
        """When the history ends."""
        return add_months(self.start, self.months)

    @property
    def folder(self) -> str:
        """A name for it."""
        return f"bank-{self.customers}-{self.transactions}-{self.seed}"


def write_bank(folder: Path, size: Size, memory: str = "2GB") -> None:
    """Write every table of a ledger to `folder`, each in the order in which it became known."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{memory}'")
        connection.execute("SET preserve_insertion_order = true")
        connection.execute(f"SET temp_directory = '{folder}'")
        connection.execute(_macros(size))
        for name, sql in _tables(size).items():
            schema, key = TABLES[name].arrow, ", ".join(TABLES[name].key)
            rows = connection.sql(
                f"SELECT {', '.join(schema.names)} FROM ({sql}) ORDER BY known_at, {key}"
            )
            with pq.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd") as out:
                for batch in rows.to_arrow_reader(GROUP_ROWS):
                    out.write_table(pa.Table.from_batches([batch]).cast(schema))


def _macros(size: Size) -> str:
    """u: uniform in [0, 1) by number and name; pick: one of a list; moment: an instant."""
    return f"""
    CREATE MACRO u(i, name) AS (hash(i, name, {size.seed}) >> 11)::DOUBLE / 9007199254740992.0;
    CREATE MACRO pick(i, name, items) AS items[1 + floor(u(i, name) * len(items))::INT];
    CREATE MACRO moment(i, name) AS TIMESTAMP '{size.start}' + to_microseconds(
        floor(u(i, name) * {(size.end - size.start).days} * 86400)::BIGINT * 1000000);
    CREATE MACRO customer(n) AS substr(md5(n || '-{size.seed}'), 1, 20);
    CREATE MACRO drawn_customer(i, name) AS
        customer(floor({size.customers} * power(u(i, name), 1.4))::BIGINT);
    CREATE MACRO product(n) AS 'P' || lpad(n::VARCHAR, 4, '0');
    """


def _tables(size: Size) -> dict[str, str]:
    versions = "'made up' AS source, NULL AS known_until, NULL AS imputed"
    days = f"range(TIMESTAMP '{size.start}', TIMESTAMP '{size.end}', INTERVAL 1 DAY)"
    again = add_months(size.start, 14)
    classes = ", ".join(f"'{name}'" for name in _CLASSES)
    contacts, declared, stated = size.transactions // 50, size.customers, size.customers
    return {
        "customers": f"""
            SELECT customer(i) AS customer_id, if(u(i, 'company') < 0.06, 'company', 'person')
                AS kind, TIMESTAMP '1945-01-01' + to_days(floor(u(i, 'born') * 20000)::INT)
                AS birth_date, NULL AS gender, NULL AS region, NULL AS occupation,
                NULL AS industry, NULL AS marital_status, floor(u(i, 'dependants') * 4) AS
                dependants, 1 + floor(u(i, 'income') * 5) AS income_band,
                TIMESTAMP '2015-01-01' + to_days(floor(u(i, 'joined') * 2500)::INT) AS joined_on,
                TIMESTAMP '{size.start}' AS known_at, 'made up' AS source, NULL AS known_until,
                if(u(i, 'guessed') < 0.05, 'income_band', NULL) AS imputed
            FROM range({size.customers}) AS t(i)""",
        "products": f"""
            SELECT product(i) AS product_id, if(i >= {_MARKET}, 'deposit', pick(i, 'class',
                [{classes}])) AS asset_class, 1 + floor(u(i, 'grade') * 5) AS risk_grade,
                NULL AS sector, NULL AS issuer, pick(i, 'currency', ['CNY', 'CNY', 'CNY', 'USD',
                'HKD']) AS currency, TIMESTAMP '{size.start}' AS known_at, {versions}
            FROM range({_PRODUCTS}) AS t(i)""",
        "prices": f"""
            SELECT product(i) AS product_id, day AS date, round(20 + 80 * u(i, 'level') + 15 *
                sin(epoch(day) / 86400 / (20 + 60 * u(i, 'wave'))) + u(i * 5000 + epoch(day) /
                86400, 'noise'), 4) AS close, day + INTERVAL 18 HOUR AS known_at, {versions}
            FROM range({_MARKET}) AS t(i), (SELECT unnest({days}) AS day)""",
        "fx_rates": f"""
            SELECT currency, day AS date, if(currency = 'CNY', 1.0, if(currency = 'USD', 7.1, 0.9)
                + 0.1 * sin(epoch(day) / 86400 / 40)) AS rate, day AS known_at, {versions}
            FROM (SELECT unnest(['CNY', 'USD', 'HKD']) AS currency),
                (SELECT unnest({days}) AS day)""",
        "transactions": _transactions(size),
        "balances": f"""
            SELECT customer(i) AS customer_id, 'A' || i AS account_id, as_of, NULL AS product_id,
                'cash' AS asset_class, NULL AS quantity, floor(exp(9 + 5 * u(i, k)))
                AS amount_minor, as_of + INTERVAL 1 DAY AS known_at, {versions}
            FROM range({stated}) AS t(i), (SELECT unnest(['first', 'second']) AS k,
                unnest([TIMESTAMP '{size.start}', TIMESTAMP '{again}']) AS as_of)
            WHERE k = 'first' OR u(i, 'again') < 0.5""",
        "questionnaires": f"""
            SELECT drawn_customer(i, 'whose') AS customer_id, moment(i, 'when') AS completed_at,
                1 + floor(u(i, 'level') * 5) AS risk_level, completed_at + INTERVAL 2 YEAR
                AS valid_until, NULL AS answers, completed_at + INTERVAL 1 HOUR AS known_at,
                {versions} FROM range({declared}) AS t(i)""",
        "interactions": f"""
            SELECT 'I' || i AS interaction_id, drawn_customer(i, 'whose') AS customer_id,
                moment(i, 'when') AS occurred_at, pick(i, 'channel', ['branch', 'online', 'mobile',
                'phone']) AS channel, pick(i, 'kind', ['inquiry', 'complaint', 'feedback',
                'visit', 'campaign_response']) AS kind, pick(i, 'topic', ['equity',
                'structured', 'deposit', 'insurance', 'account closure', 'other']) AS topic,
                if(kind = 'feedback', 1 + floor(u(i, 'score') * 5), NULL) AS score,
                NULL AS text, moment(i, 'when') + INTERVAL 1 HOUR AS known_at, {versions}
            FROM range({contacts}) AS t(i)""",
        "labels": _empty("labels"),
        "rejected": _empty("rejected"),
    }


def _transactions(size: Size) -> str:
    """1.5% become known days late; 0.4% are corrected later, and their first version closed."""
    return f"""
    WITH drawn AS (
        SELECT i, floor({size.customers} * power(u(i, 'whose'), 1.4))::BIGINT AS whose,
            moment(i, 'when') AS occurred_at, {_which("u(i, 'kind')")} AS k,
            floor(exp(6 + 7 * u(i, 'amount')))::BIGINT AS size,
            pick(i, 'channel', ['branch', 'atm', 'online', 'mobile', 'mobile', 'mobile', 'phone'])
                AS drawn_channel,
        FROM range({size.transactions}) AS t(i)
    ), told AS (
        SELECT i, 'T' || i AS transaction_id, customer(whose) AS customer_id, 'A' || whose
            AS account_id, occurred_at, {_of_kind(1, "VARCHAR")} AS kind,
            size * {_of_kind(2, "INT")} AS amount_minor,
            'CNY' AS currency, CASE {_of_kind(5, "VARCHAR")} WHEN 'market' THEN
            product({_traded(size)}) WHEN 'deposit' THEN
            product({_MARKET} + floor(u(i, 'product') * {_PRODUCTS - _MARKET})::INT) END
            AS product_id, if(product_id IS NULL, NULL,
            -round(size * {_of_kind(2, "INT")} / 5000.0, 2)) AS quantity,
            coalesce({_of_kind(3, "VARCHAR")}, drawn_channel) AS channel,
            pick(i, 'category', string_split({_of_kind(4, "VARCHAR")}, ',')) AS category,
            'X' || floor(u(i, 'other') * 5000)::INT AS counterparty,
            occurred_at + if(u(i, 'late') < 0.015, to_hours((24 + 480 * u(i, 'delay'))::INT),
                to_hours(1)) AS known_at,
            CASE WHEN u(i, 'corrected') < 0.004 THEN known_at
                + to_hours((24 + 1400 * u(i, 'mended'))::INT) END AS known_until
        FROM drawn
    )
    SELECT *, 'made up' AS source, NULL AS imputed FROM told
    UNION ALL
    SELECT * REPLACE (amount_minor * 2 AS amount_minor, known_until AS known_at,
        NULL AS known_until), 'made up' AS source, NULL AS imputed
    FROM told WHERE known_until IS NOT NULL
    """


def _traded(size: Size) -> str:
    """Number of the quoted product that a movement trades."""
    if not size.products_each:
        return f"floor(u(i, 'product') * {_MARKET})::INT"
    own = f"floor(u(i, 'product') * {size.products_each})::INT"
    return f"(floor(u(whose, 'portfolio') * {_MARKET})::INT + {own}) % {_MARKET}"


def _which(drawn: str) -> str:
    """Number of the kind on which a uniform number falls."""
    total, cases = 0.0, []
    for number, (weight, *_) in enumerate(_KINDS):
        total += weight
        cases.append(f"WHEN {drawn} < {total:.4f} THEN {number}")
    return f"CASE {' '.join(cases)} ELSE 0 END"


def _of_kind(column: int, kind: str) -> str:
    values = [entry[column] for entry in _KINDS]
    texts = ["NULL" if v is None else repr(v) for v in values]
    return f"CAST([{', '.join(texts)}][k + 1] AS {kind})"


def _empty(table: str) -> str:
    return f"SELECT {', '.join(f'NULL AS {c.name}' for c in TABLES[table].columns)} WHERE false"
