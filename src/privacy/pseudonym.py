"""Keyed pseudonyms: the same value gives the same one under a key, and nothing leads back.

HMAC-SHA256 (RFC 2104) over namespace and value, the first 100 bits in base32 (RFC 4648).
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator

import duckdb
import numpy as np
import pyarrow as pa

CUSTOMER, ACCOUNT, COUNTERPARTY = "customer", "account", "counterparty"
_PREFIX = {CUSTOMER: "K", ACCOUNT: "A", COUNTERPARTY: "P"}
CHARACTERS = 20
_BYTES = 13  # 104 bits, of which 20 characters of 5 bits use 100
_ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", dtype=np.uint8)
_BATCH = 100_000


def pseudonym(key: bytes, namespace: str, value: str) -> str:
    """The pseudonym of one value: the namespace's letter and 20 characters of A to Z and 2 to 7.

    namespace: customer (K), account (A) or counterparty (P); one value has unrelated pseudonyms
    in different namespaces. Raises ValueError for another namespace.

    >>> pseudonym(b"0123456789abcdef0123456789abcdef", "customer", "crm:C1")
    'KQH33RATXHPEFLRK4HTLK'
    """
    found: str = pseudonyms(key, namespace, pa.array([value], pa.string()))[0].as_py()
    return found


def pseudonyms(key: bytes, namespace: str, values: pa.Array) -> pa.Array:
    """The pseudonyms of an array of strings, in its order; null stays null. See `pseudonym`."""
    if namespace not in _PREFIX:
        raise ValueError(f"namespace should be one of {', '.join(_PREFIX)}, found {namespace!r}")
    batches = [
        _encoded(keyed_hashes(key, namespace, batch), _PREFIX[namespace])
        for batch in _batches(values)
    ]
    return pa.concat_arrays(batches) if batches else pa.array([], pa.string())


def add_pseudonyms(
    connection: duckdb.DuckDBPyConnection, key: bytes, namespace: str, query: str, table: str
) -> None:
    """Make `table` (value, pseudonym) of the distinct values of a query of one text column.

    Empty values are left out, rows are ordered by value. Memory stays within a batch of values.
    """
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE distinct_values AS SELECT DISTINCT value "
        f"FROM ({query}) AS asked(value) WHERE value IS NOT NULL ORDER BY value"
    )
    connection.execute(f"CREATE TABLE {table} (value VARCHAR, pseudonym VARCHAR)")
    start = 0
    while len(values := _page(connection, start)):
        made = pa.table({"value": values, "pseudonym": pseudonyms(key, namespace, values)})
        connection.register("made_pseudonyms", made)
        connection.execute(f"INSERT INTO {table} SELECT * FROM made_pseudonyms")
        connection.unregister("made_pseudonyms")
        start += _BATCH
    connection.execute("DROP TABLE distinct_values")


def _page(connection: duckdb.DuckDBPyConnection, start: int) -> pa.Array:
    found = connection.sql(
        f"SELECT value FROM distinct_values WHERE rowid >= {start} AND rowid < {start + _BATCH}"
    )
    return found.to_arrow_table().column(0).combine_chunks()


def keyed_hashes(key: bytes, namespace: str, values: Iterable[str | None]) -> list[bytes | None]:
    """HMAC-SHA256 of each value within a namespace, which is any text without a zero byte."""
    start = hash_state(key, namespace)
    found: list[bytes | None] = []
    for value in values:
        if value is None:
            found.append(None)
            continue
        one = start.copy()
        one.update(value.encode("utf-8", "surrogatepass"))
        found.append(one.digest())
    return found


def hash_state(key: bytes, namespace: str, beginning: str = "") -> hmac.HMAC:
    """What `keyed_hashes` starts from, to be copied and updated with the rest of a value."""
    return hmac.new(key, f"{namespace}\0{beginning}".encode(), hashlib.sha256)


def _batches(values: pa.Array) -> Iterator[list[str | None]]:
    for start in range(0, len(values), _BATCH):
        yield values.slice(start, _BATCH).to_pylist()


def _encoded(hashes: list[bytes | None], prefix: str) -> pa.Array:
    """Base32 of the first 100 bits of each hash, behind the prefix."""
    missing = np.array([one is None for one in hashes])
    joined = b"".join(one[:_BYTES] if one else bytes(_BYTES) for one in hashes)
    bits = np.unpackbits(np.frombuffer(joined, dtype=np.uint8).reshape(-1, _BYTES), axis=1)
    fives = bits[:, : CHARACTERS * 5].reshape(-1, CHARACTERS, 5)
    codes = fives @ np.array([16, 8, 4, 2, 1], dtype=np.uint8)
    letters = np.empty((len(hashes), CHARACTERS + 1), dtype=np.uint8)
    letters[:, 0], letters[:, 1:] = ord(prefix), _ALPHABET[codes]
    texts = letters.view(f"S{CHARACTERS + 1}").ravel().astype(str)
    return pa.array(texts, pa.string(), mask=missing)
