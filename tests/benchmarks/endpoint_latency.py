"""`python -m tests.benchmarks.endpoint_latency`: how long one customer takes over HTTP.

Starts the real server on the promoted models and asks for one customer at a time, by identifier
and with the same customer's raw history inline, over one kept connection. Says as well how many
of the answers to both were equal.
"""

import argparse
import http.client
import json
import statistics
import tempfile
import time
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from src.core.money import to_units
from src.models.releases.release import served_release
from src.pipeline.paths import DATA, SourcePaths
from src.serving.store import FOLDER, open_store
from tests.support.serving.bento_server import serving

EVENTS = {
    "transactions": "occurred_at",
    "balances": "as_of",
    "questionnaires": "completed_at",
    "interactions": "occurred_at",
}
NOT_SENT = {"customer_id", "source", "known_at", "answers", "text", "gender"}


def inline_customer(ledger, customer_id, as_of):
    """The customer's raw history as the API takes it: what was known before as_of."""
    customer = {"customer_id": customer_id, "as_of": as_of.isoformat()}
    profile = rows(ledger, "customers", customer_id, as_of, "known_at")
    if profile:
        customer["profile"] = profile[-1]
    for table, stamp in EVENTS.items():
        customer[table] = rows(ledger, table, customer_id, as_of, stamp)
    return customer


def rows(ledger, table, customer_id, as_of, stamp):
    own = pc.field("customer_id") == customer_id
    seen = (pc.field(stamp) < as_of) & (pc.field("known_at") < as_of)
    found = pq.read_table(ledger / f"{table}.parquet", filters=own & seen)
    return [sent(row) for row in found.sort_by("known_at").to_pylist()]


def sent(row):
    if row.get("amount_minor") is not None:
        row["amount"] = float(to_units(row["amount_minor"]))
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in row.items()
        if value is not None and name not in NOT_SENT | {"amount_minor"}
    }


def timed(connection, content):
    body = json.dumps(content)
    start = time.perf_counter()
    connection.request("POST", "/v1/score", body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    text = response.read()
    seconds = time.perf_counter() - start
    if response.status != 200:
        raise SystemExit(f"status {response.status}: {text[:500]!r}")
    return seconds, json.loads(text)["customers"][0]["scores"]


def measure(connection, requests):
    timed(connection, requests[0])  # the first answer is not the typical one
    answers = [timed(connection, request) for request in requests]
    return [seconds * 1000 for seconds, _ in answers], [scores for _, scores in answers]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", default="simulated")
    parser.add_argument("--count", type=int, default=200)
    options = parser.parse_args()
    where = SourcePaths(options.source)
    release, _ = served_release(where.pointer, where.releases)
    served = open_store(release.folder / FOLDER).features
    chosen = served.sample(min(options.count, len(served)), random_state=0)
    customers = list(zip(chosen["customer_id"], chosen["as_of"].dt.to_pydatetime(), strict=True))
    inline = [inline_customer(where.ledger, name, as_of) for name, as_of in customers]
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(DATA, options.source, Path(folder)) as endpoint,
    ):
        connection = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=60)
        known = measure(connection, [{"customers": [{"customer_id": n}]} for n, _ in customers])
        sent_inline = measure(connection, [{"customers": [customer]} for customer in inline])
    equal = sum(a == b for a, b in zip(known[1], sent_inline[1], strict=True))
    movements = statistics.median(len(customer["transactions"]) for customer in inline)
    print("| one customer | requests | median ms | p99 ms |\n|---|---|---|---|")
    for name, (times, _) in (
        ("by identifier", known),
        (f"inline (median {movements:.0f} movements)", sent_inline),
    ):
        p99 = statistics.quantiles(times, n=100, method="inclusive")[98]
        print(f"| {name} | {len(times)} | {statistics.median(times):.1f} | {p99:.1f} |")
    print(f"Equal answers by identifier and inline: {equal} of {len(customers)}.")


if __name__ == "__main__":
    main()
