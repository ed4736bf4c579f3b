import json
import random

import pytest

from src.sources.linkage.resolve import resolve
from tests.sources.linkage.conftest import copied, resolved
from tests.support.linkage.score import PRECISION, RECALL, score


def test_evidence_tells_key_levels_and_weights_that_sum_to_the_links(people, model):
    rows = people.execute("SELECT evidence, weight, probability FROM identity_links").fetchall()
    assert len(rows) > 1000
    for text, weight, probability in rows:
        evidence = json.loads(text)
        fields = [value["weight"] for value in evidence.values() if isinstance(value, dict)]
        assert evidence["key"] in {rule.name for rule in model.blocking}
        assert sum(fields) + evidence["prior"] == pytest.approx(weight, abs=0.05)
        assert probability >= model.threshold


def test_evidence_repeats_nothing_that_identifies(people):
    told = people.execute(
        "SELECT name, phone, id_number FROM identity_versions UNION "
        "SELECT account, right(account, 4), NULL FROM identity_accounts"
    ).fetchall()
    evidence = "".join(
        row[0] for row in people.execute("SELECT evidence FROM identity_links").fetchall()
    )
    values = {value for row in told for value in row if value and value not in ("N/A", "无")}
    assert not any(value in evidence for value in values)


@pytest.mark.parametrize("seed", range(3))
def test_resolving_what_was_known_before_gives_what_was_known_before(people, model, seed):
    instants = people.execute(
        "SELECT DISTINCT known_at FROM identity_versions ORDER BY 1"
    ).fetchall()
    (cut,) = random.Random(seed).choice(instants[50:])
    tables = ("identity_links", "identity_refusals")
    full = {
        t: people.execute(f"FROM {t} WHERE known_at < ? ORDER BY ALL", [cut]).fetchall()
        for t in tables
    }
    history = people.execute(
        "SELECT record, customer, known_at, CASE WHEN known_until < $1 THEN known_until END "
        "FROM identity_history WHERE known_at < $1 ORDER BY ALL",
        [cut],
    ).fetchall()
    then = copied(people, query=f"FROM {{table}} WHERE known_at < TIMESTAMP '{cut}'")
    resolve(then, model)
    for table in tables:
        assert then.execute(f"FROM {table} ORDER BY ALL").fetchall() == full[table]
    assert then.execute("FROM identity_history ORDER BY ALL").fetchall() == history
    then.close()


def test_the_order_of_rows_changes_nothing(people, model):
    expected = (
        people.execute("FROM identity_history").fetchall(),
        people.execute("FROM identity_links").fetchall(),
    )
    shuffled = copied(people, threads=1, query="FROM {table} ORDER BY hash(record)")
    resolve(shuffled, model)
    assert (
        shuffled.execute("FROM identity_history").fetchall(),
        shuffled.execute("FROM identity_links").fetchall(),
    ) == expected
    shuffled.close()


def test_made_up_people_are_found_precisely(people):
    found = score(people)
    assert found.precision >= PRECISION
    assert found.recall >= RECALL


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({"threshold": 0.01, "personal_weight": -100.0}, "precision"),
        ({"threshold": 1 - 1e-9}, "recall"),
    ],
    ids=["without the guard of households", "too strict"],
)
def test_a_worse_model_misses_the_bars(people, model, changes, missed):
    spoilt = copied(people)
    spoilt.register("known", people.sql("FROM truth").to_arrow_table())
    spoilt.execute("CREATE TABLE truth AS FROM known")
    resolve(spoilt, model.model_copy(update=changes))
    found = score(spoilt)
    assert {"precision": found.precision < PRECISION, "recall": found.recall < RECALL}[missed]
    spoilt.close()


def test_nothing_but_the_promised_tables_is_left(people, model):
    before = {row[0] for row in people.execute("SHOW TABLES").fetchall()}
    resolve(people, model)
    after = {row[0] for row in people.execute("SHOW TABLES").fetchall()}
    promised = {"identity_links", "identity_history", "identity_refusals", "identity_blocking"}
    assert after - before <= promised
    assert not {name for name in after if name.startswith(("__splink", "linkage_"))}


def test_no_records_make_empty_tables(connection, model):
    assert resolved(connection, model) == {}


def test_resolving_says_nothing(people, model, capfd):
    resolve(people, model)
    assert capfd.readouterr() == ("", "")
