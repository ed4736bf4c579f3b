"""The simulator's sealed truth for tests and benchmarks: who is who, true assets, every mistake.

Only tests and benchmarks read it; nothing under src may.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

_TABLES = ("customers", "months", "records", "accounts", "errors")


@dataclass(frozen=True)
class Truth:
    """customers: one row per person with latent traits; months: person, as_of, asset_minor (at the
    month's first instant) and latent states; records: record ('crm:C0000001'), person; accounts:
    account, person; errors: file, line, column (null: the row itself), kind, found, true,
    detectable (it shows in the delivered data), recoverable (so does the true value)."""

    customers: pd.DataFrame
    months: pd.DataFrame
    records: pd.DataFrame
    accounts: pd.DataFrame
    errors: pd.DataFrame


def read_truth(folder: Path) -> Truth:
    """The truth that `collect` wrote beside the extracts."""
    return Truth(*(pd.read_parquet(folder / f"{table}.parquet") for table in _TABLES))


def persons_of_customers(truth: Truth, vault: Path) -> pd.DataFrame:
    """customer_id, person of the customers that stand: the person who has the customer's core
    record (the account and so the money), else most of its records."""
    links = pd.read_parquet(vault / "cross_reference.parquet")
    links = links[links["known_until"].isna()].merge(truth.records, on="record")
    links["core"] = links["record"].str.startswith("core:")
    count = links.groupby(["customer_id", "person"])["core"].agg(["sum", "size"]).reset_index()
    count = count.sort_values(["customer_id", "sum", "size", "person"])
    return count.groupby("customer_id").tail(1)[["customer_id", "person"]].reset_index(drop=True)


def pairwise(truth: Truth, vault: Path) -> tuple[float, float]:
    """Precision and recall of all pairs of records that the standing customers hold together."""
    links = pd.read_parquet(vault / "cross_reference.parquet")
    links = links[links["known_until"].isna()].merge(truth.records, on="record")

    def pairs(*keys: str) -> int:
        size = links.groupby(list(keys)).size()
        return int((size * (size - 1) // 2).sum())

    both = pairs("customer_id", "person")
    return both / max(pairs("customer_id"), 1), both / max(pairs("person"), 1)


def true_books(raw: Path, truth: Path) -> duckdb.DuckDBPyConnection:
    """A session with what correct books would hold, read from the extracts by hand and with the
    truth's help, not by the code under test: movements, statements, prices, rates, products,
    answers, contacts (each by person) and truth_<table>."""
    connection = duckdb.connect()
    for table in _TABLES:
        connection.execute(f"CREATE TABLE truth_{table} AS FROM '{truth / table}.parquet'")
    for name, query in _BOOKS.items():
        connection.execute(f"CREATE TABLE {name} AS {query.format(raw=raw)}")
    lines = []
    for path in sorted((raw / "core").glob("statements_*.csv")):
        lines += [line.split(";") for line in path.read_text("gbk").splitlines()[1:]]
    columns = ["day", "account", "item", "units", "balance", "drawn_at"]
    drawn = pd.DataFrame(lines, columns=columns).map(lambda text: text.strip('"'))
    connection.register("drawn", drawn)
    connection.execute(f"CREATE TABLE statements AS {_STATEMENTS}")
    return connection


_CSV = "read_csv('{{raw}}/{}', delim='{}', header=true, all_varchar=true, filename=true)"
_BOOKS = {
    "products": f"FROM {_CSV.format('products.csv', ',')}",
    "prices": "SELECT code, CAST(price_day AS DATE) + INTERVAL 17 HOUR AS known_at, "
    f"abs(CAST(nav AS DOUBLE)) AS close FROM {_CSV.format('market/prices_*.csv', ',')}",
    "rates": "SELECT ccy, CAST(fixing_day AS DATE) + INTERVAL 17 HOUR AS known_at, "
    f"CAST(mid AS DOUBLE) AS rate FROM {_CSV.format('market/fx_rates_*.csv', ',')} "
    "UNION ALL SELECT 'CNY', TIMESTAMP '1900-01-01', 1",
    "postings": "SELECT 'core-' || txn_no AS id, acct_no AS account, txn_time AS moment, "
    "posted_at, status, txn_code AS code, amount_fen * CASE dc_flag WHEN 'C' THEN 1 ELSE -1 END "
    "AS original, ccy, lower(purpose) AS category, prod_cd AS product, prod_units / 100 AS units "
    "FROM read_parquet('{raw}/core/transactions_*.parquet')",
    "trades": "WITH read AS (SELECT *, strptime(left(right(filename, 12), 8), '%Y%m%d') AS stamp, "
    "try_strptime(trade_date, '%Y/%m/%d') AS plain, try_strptime(trade_date, '%Y/%d/%m') AS turned "
    f"FROM {_CSV.format('brokerage/trades_*.csv', ';')}) "
    "SELECT DISTINCT 'trade-' || trade_ref AS id, settle_acct AS account, CASE WHEN plain < stamp "
    "AND plain >= stamp - INTERVAL 1 MONTH THEN plain ELSE turned END + CAST(trade_time AS "
    "INTERVAL) AS moment, CASE side WHEN 'B' THEN -1 ELSE 1 END * CAST(round(100 * "
    "CAST(gross_amount AS DECIMAL(18, 2))) AS BIGINT) AS original, "
    "coalesce(read.ccy, p.ccy) AS ccy, 'investment' AS category, read.code AS product, "
    "CASE side WHEN 'B' THEN 1 WHEN 'S' THEN -1 ELSE 0 END * "
    "CAST(qty AS DOUBLE) AS units FROM read JOIN products AS p ON p.code = read.code",
    "movements": "WITH last AS (FROM postings QUALIFY row_number() OVER (PARTITION BY id "
    "ORDER BY posted_at DESC) = 1), both_books AS (SELECT id, account, moment, original, ccy, "
    "category, product, units FROM last WHERE status <> 'X' UNION ALL FROM trades) "
    "SELECT id, person, account, moment, b.ccy, category, product, units, "
    "CAST(round_even(original * rate, 0) AS BIGINT) AS amount_minor "
    "FROM both_books AS b JOIN truth_accounts USING (account) "
    "ASOF JOIN rates ON b.ccy = rates.ccy AND b.moment > rates.known_at",
    "answers": "SELECT person, strptime(signed_at, '%d.%m.%Y %H:%M:%S') AS moment, "
    "CAST(right(result, 1) AS INTEGER) AS level "
    f"FROM {_CSV.format('suitability/questionnaires_*.csv', ',')} "
    "JOIN truth_records ON record = 'crm:' || client",
    "contacts": "WITH said AS (SELECT json ->> 'id' AS id, json ->> 'caller' AS caller, "
    "json ->> 'at' AS said_at FROM read_ndjson_objects('{raw}/contact/log_*.jsonl', "
    "ignore_errors=true)) SELECT DISTINCT id, person, "
    "CAST(CAST(said_at AS TIMESTAMPTZ) AS TIMESTAMP) AS moment "
    "FROM said JOIN truth_records ON record = 'contact:' || caller",
}
_STATEMENTS = (
    "SELECT person, account, CAST(day AS DATE) + INTERVAL 1 DAY AS as_of, "
    "CASE WHEN item <> '现金' THEN item END AS product, TRY_CAST(units AS DOUBLE) AS units, "
    "CAST(round(1000000 * TRY_CAST(balance AS DECIMAL(20, 6))) AS BIGINT) AS amount_minor, "
    "CAST(drawn_at AS TIMESTAMP) AS drawn_at FROM drawn JOIN truth_accounts USING (account)"
)
