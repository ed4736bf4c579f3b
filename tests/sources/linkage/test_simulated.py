"""The bars on the simulated bank, whose sealed truth says who is who."""

import json

import duckdb
import pytest

from src.core.params import load_params
from src.sources.linkage.resolve import resolve
from src.sources.staging.session import work_session
from tests.support.linkage.loading import load_bank, load_default_bank
from tests.support.linkage.score import PRECISION, RECALL, score
from tests.support.sources.integration import PARAMS


@pytest.fixture(scope="module")
def bank(small_bank, model):
    with work_session(PARAMS) as connection:
        load_bank(connection, small_bank)
        resolve(connection, model)
        yield connection


@pytest.mark.slow
def test_the_default_bank_is_resolved_as_well_as_it_has_to_be(model):
    params = load_params()
    with work_session(params.integrate) as connection:
        load_default_bank(connection, params, params.seed)
        resolve(connection, model)
        found = score(connection)
    assert found.precision >= PRECISION
    assert found.recall >= RECALL


def test_a_small_bank_joins_hardly_anybody_wrongly(bank):
    assert score(bank).precision >= PRECISION


def test_records_of_which_only_the_name_is_known_stay_apart(bank):
    bare = bank.execute(
        "SELECT record FROM identity_versions GROUP BY record HAVING count(name) > 0 AND "
        "count(phone) + count(address) + count(id_number) + count(birth_date) = 0 "
        "AND record NOT IN (SELECT record FROM identity_accounts)"
    ).fetchall()
    assert len(bare) > 5
    customers = bank.execute(
        "SELECT count(*) OVER (PARTITION BY customer), record FROM identity_history "
        "WHERE known_until IS NULL"
    ).fetchall()
    size = {record: count for count, record in customers}
    assert {size[record] for (record,) in bare} == {1}


def test_each_link_says_what_it_rests_on(bank, model):
    links = bank.execute("SELECT evidence, weight FROM identity_links").fetchall()
    assert len(links) > 500
    fields = {comparison.name for comparison in model.comparisons}
    for text, weight in links:
        evidence = json.loads(text)
        agreeing = {f for f in fields & evidence.keys() if evidence[f]["weight"] > 0}
        assert len(agreeing) > 1 or "id_number" in agreeing
        assert weight >= model.threshold_weight


def test_accounts_are_known_to_be_whose_they_are_as_the_day_of_opening_ends(bank):
    wrong = bank.execute(
        "FROM identity_accounts AS a JOIN truth USING (record) FULL JOIN true_accounts AS t "
        "ON a.account = t.account WHERE (record LIKE 'core:%' OR record IS NULL) AND "
        "(t.person IS DISTINCT FROM truth.person OR strftime(known_at, '%H:%M:%S') <> '23:59:59')"
    ).fetchall()
    assert wrong == []


def test_accounts_that_callers_give_are_their_own_but_for_the_mistakes_listed(bank, small_bank):
    given = bank.execute(
        "SELECT count(*), count_if(EXISTS (SELECT 1 FROM identity_accounts AS c JOIN truth AS t "
        "USING (record) WHERE t.person = mine.person AND right(c.account, 4) = a.account "
        "AND record LIKE 'core:%')) FROM identity_accounts AS a JOIN truth AS mine USING (record) "
        "WHERE record LIKE 'contact:%'"
    )
    count, own = given.fetchall()[0]
    (listed,) = duckdb.sql(
        f"SELECT count(*) FROM '{small_bank}/truth/errors.parquet' "
        "WHERE kind IN ('account_typo', 'others_account')"
    ).fetchall()[0]
    assert listed > 0
    assert own == count - listed
