import random

import pytest
from splink import DuckDBAPI
from splink.clustering import cluster_pairwise_predictions_at_threshold

from src.sources.linkage.history import make_history
from tests.sources.linkage.conftest import tell


def linked(connection, records, links):
    """Histories of records that say nothing but are linked: (left, right, day)."""
    tell(connection, *({"record": record, "kind": None} for record in records))
    connection.execute("UPDATE identity_versions SET known_at = '2024-01-01'")
    connection.execute(
        "CREATE OR REPLACE TABLE linkage_versions AS "
        "SELECT *, false AS id_valid FROM identity_versions"
    )
    connection.execute(
        "CREATE OR REPLACE TABLE linkage_links (left_record VARCHAR, right_record VARCHAR, "
        "probability DOUBLE, weight DOUBLE, evidence VARCHAR, known_at TIMESTAMP)"
    )
    for left, right, day in links:
        connection.execute(
            "INSERT INTO linkage_links VALUES "
            "(?, ?, 0.999, 10, '{}', TIMESTAMP '2024-01-01' + to_days(?))",
            [*sorted((left, right)), day],
        )
    make_history(connection)
    return connection.execute(
        "SELECT record, customer, date_diff('day', TIMESTAMP '2024-01-01', known_at), "
        "date_diff('day', TIMESTAMP '2024-01-01', known_until) FROM identity_history"
    ).fetchall()


def slow_customers(records, links, day):
    """Who belongs to whom at the end of a day: the smallest record that links lead to."""
    found = {}
    for record in records:
        reached, grown = {record}, True
        while grown:
            near = {x for a, b, d in links if d <= day for x in (a, b) if {a, b} & reached}
            grown = not near <= reached
            reached |= near
        found[record] = min(reached)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_history_equals_reachability_on_every_day(connection, seed):
    rng = random.Random(seed)
    records = [f"r{i:02d}" for i in range(24)]
    links = [(*rng.sample(records, 2), rng.randrange(8)) for _ in range(16)]
    history = linked(connection, records, links)
    for day in range(8):
        then = {
            r: c
            for r, c, since, until in history
            if since <= day and (until is None or until > day)
        }
        assert then == slow_customers(records, links, day)


def test_each_record_has_one_customer_at_a_time_without_gaps(connection):
    history = linked(connection, "abcd", [("b", "c", 1), ("a", "b", 3), ("c", "d", 3)])
    assert sorted(row for row in history if row[0] == "c") == [
        ("c", "a", 3, None),
        ("c", "b", 1, 3),
        ("c", "c", 0, 1),
    ]
    assert [row for row in history if row[0] == "d"] == [("d", "d", 0, 3), ("d", "a", 3, None)]


def test_clusters_are_those_of_splinks_own_clustering(connection):
    rng = random.Random(9)
    records = [f"r{i:03d}" for i in range(150)]
    links = [(*rng.sample(records, 2), rng.randrange(30)) for _ in range(110)]
    history = linked(connection, records, links)
    ours = {record: customer for record, customer, _, until in history if until is None}
    database = DuckDBAPI(connection)
    connection.execute("CREATE TABLE nodes AS SELECT DISTINCT record FROM identity_versions")
    connection.execute(
        "CREATE TABLE edges AS SELECT left_record AS record_l, right_record AS record_r, "
        "probability AS match_probability, weight AS match_weight FROM identity_links"
    )
    clusters = cluster_pairwise_predictions_at_threshold(
        database.register("nodes"),
        database.register("edges"),
        db_api=database,
        node_id_column_name="record",
        threshold_match_probability=0.9,
    )
    theirs = dict(
        connection.execute(f"SELECT record, cluster_id FROM {clusters.physical_name}").fetchall()
    )
    assert {frozenset(r for r in ours if ours[r] == c) for c in ours.values()} == {
        frozenset(r for r in theirs if theirs[r] == c) for c in theirs.values()
    }
