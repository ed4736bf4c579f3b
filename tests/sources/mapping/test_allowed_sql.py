"""No SQL of a mapping or of the rules reads a table, a file or what is not the row's own: refused
as it loads, wherever it stands; and the session would not open the file either."""

import copy
import re
from pathlib import Path

import duckdb
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from src.core.errors import ConfigError, SourceError
from src.sources.mapping.allowed_sql import FUNCTIONS, require_allowed
from src.sources.mapping.mapping import load_mapping
from src.sources.staging.rules import load_rules
from src.sources.staging.session import open_no_more_files, work_session
from tests.support.sources.integration import PARAMS, integrate_into
from tests.support.sources.tiny import MAPPING, MOVES, PEOPLE, RATES

SECRET = "the key that turns pseudonyms back into names"
READING = {
    "a query in a value": "(SELECT content FROM read_text('.kehu/key'))",
    "a query without SELECT": "(FROM read_text('.kehu/key'))",
    "a file by its name": "(SELECT max(x) FROM '/some/file.csv')",
    "a condition": "EXISTS (FROM read_csv('data/raw/x.csv'))",
    "a list": "'a' IN (SELECT content FROM read_blob('.kehu/*'))",
    "an array": "len(ARRAY(SELECT file FROM glob('*')))",
    "a table of the session": "(SELECT max(value) FROM pseudonyms)",
    "deep inside": "CASE WHEN true THEN list_filter([1], lambda x: x > (SELECT 1)) END",
    "a table function": "read_text('.kehu/key')",
    "a setting": "current_setting('secret_directory')",
    "the environment": "getenv('KEHU_KEY')",
    "a variable": "getvariable('x')",
    "the clock": "now()",
    "the clock without parentheses": "current_date",
    "a second column": "1) AS a, (2",
    "another FROM": "1) FROM read_text('.kehu/key') WHERE (true",
    "a second statement": "1); COPY (SELECT 1) TO 'x.csv'; SELECT (1",
    "a comment that swallows": "true) --",
    "an open comment": "true /*",
    "a parenthesis of others": "1) + (2",
    "a parameter": "$1",
}


def entry_of(content):
    return content["tables"]["transactions"][0]


def identified(content, sql):
    for file, name in (("people", "id"), ("moves", "person")):
        content["files"][file]["columns"][name] = {"type": "string", "private": "record"}
    content["identities"] = [
        {"file": "people", "system": "s", "id": "id", "kind": sql, "known_at": "since"}
    ]
    for table, name in (("customers", "id"), ("transactions", "person")):
        columns = content["tables"][table][0]["columns"]
        columns["customer_id"] = {"system": "s", "from": name}


def ruled(content, **rule):
    content["rules"] = [{"name": "r", "table": "transactions", "reason": "x", **rule}]


def set_money(key):
    def change(content, sql):
        money = entry_of(content)["columns"]["amount_minor"]["money"]
        money[key] = sql

    return change


PLACES = {
    "columns.category.expression": lambda c, sql: entry_of(c)["columns"].update(
        category={"expression": sql}
    ),
    "columns.amount_minor.money.amount": set_money("amount"),
    "columns.amount_minor.money.currency": set_money("currency"),
    "columns.amount_minor.money.at": set_money("at"),
    "where": lambda c, sql: entry_of(c).update(where=sql),
    "cancels": lambda c, sql: entry_of(c).update(cancels=sql),
    "aside.hint": lambda c, sql: entry_of(c).update(aside={"hint": sql}),
    "reject.bad": lambda c, sql: entry_of(c).update(reject={"bad": sql}),
    "join[0].where": lambda c, sql: entry_of(c).update(
        join=[{"file": "people", "by": {"id": "person"}, "where": sql}]
    ),
    "join[0].by.id": lambda c, sql: entry_of(c).update(
        join=[{"file": "people", "by": {"id": sql}}]
    ),
    "keep_last.order[0]": lambda c, sql: entry_of(c).update(
        keep_last={"per": ["no"], "order": [sql]}
    ),
    "identities[0].kind": identified,
    "when": lambda c, sql: ruled(c, when=sql, quarantine=True),
    "correct.category": lambda c, sql: ruled(c, when="true", correct={"category": sql}),
    "impute.category": lambda c, sql: ruled(c, when="true", impute={"category": sql}),
}


def saved(folder, place, sql):
    content = copy.deepcopy(MAPPING)
    PLACES[place](content, sql)
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.mark.parametrize("place", PLACES)
def test_what_reads_more_than_the_row_is_refused_wherever_it_stands(tmp_path, place):
    for sql in READING.values():
        with pytest.raises(ConfigError) as caught:
            load_mapping(saved(tmp_path, place, sql))
        message = str(caught.value)
        assert "tiny.yaml" in message and place in message and repr(sql)[:20] in message, sql
        assert "can't be read as SQL" in message or "expected" in message, sql


@pytest.mark.parametrize("place", PLACES)
def test_what_is_allowed_loads_wherever_it_stands(tmp_path, place):
    assert load_mapping(saved(tmp_path, place, "coalesce(lower('a'), 'b') = 'a'"))


def test_a_query_is_answered_with_a_join_and_a_function_with_the_nearest(tmp_path):
    with pytest.raises(ConfigError, match="name it under 'join'"):
        load_mapping(saved(tmp_path, "where", "no IN (SELECT id FROM people)"))
    with pytest.raises(ConfigError, match=r"'lowr'.*Did you mean 'lower'"):
        load_mapping(saved(tmp_path, "where", "lowr(no) = 'a'"))


def test_a_rule_for_every_source_is_held_to_the_same(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(
        "rules: [{name: r, table: prices, reason: x, quarantine: true, when: '0 < (SELECT 1)'}]",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match=r"rules\.yaml.*rule 'r': when: .*reads a table"):
        load_rules(path)


WORDS = st.text(alphabet="abcxyz_ ()-/*;,.0123456789\n", max_size=12)


@given(WORDS, WORDS)
def test_nothing_around_a_query_makes_it_allowed(before, after):
    """Without a quote around it: inside a text it is no query."""
    with pytest.raises(ValueError, match=r"expected|read as SQL"):
        require_allowed(f"{before}(SELECT content FROM read_text('k')){after}")


@given(
    st.lists(st.sampled_from(["a", "+", "(", ")", "--", "/*", "*/", "\n", "'", ","]), max_size=9)
)
def test_what_is_allowed_stands_whole_inside_other_sql(parts):
    sql = " ".join(parts)
    try:
        require_allowed(sql)
    except ValueError:
        return
    rows = duckdb.sql(f"SELECT typeof([({sql})::VARCHAR]), 'after' FROM (SELECT 1 AS a)")
    assert rows.fetchall() == [("VARCHAR[]", "after")]


def test_the_functions_of_the_readme_are_those_of_the_code():
    text = Path("configs/sources/README.md").read_text("utf-8")
    lines = [line.removeprefix("- ").partition(": ") for line in text.splitlines()]
    listed = {
        k: frozenset(re.findall(r"`(\w+)`", names)) for k, _, names in lines if k in FUNCTIONS
    }
    assert listed == dict(FUNCTIONS)


def test_every_listed_function_is_one_of_duckdb():
    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions()"
        ).fetchall()
    syntax = {"coalesce", "if", "ifnull", "nullif", "try", "split_part", "position", "fill"}
    syntax |= {"cume_dist", "dense_rank", "first_value", "lag", "last_value", "lead", "nth_value"}
    syntax |= {"ntile", "percent_rank", "rank", "rank_dense", "row_number", "count_star"}
    assert frozenset().union(*FUNCTIONS.values()) - {name for (name,) in rows} <= syntax


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with a key and delivered files, as a project has them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".kehu").mkdir()
    (tmp_path / ".kehu/key").write_text(SECRET, encoding="utf-8")
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/x.csv").write_text("a\n1\n", encoding="utf-8")
    (tmp_path / "raw/link").symlink_to(tmp_path / ".kehu/key")
    return tmp_path


def test_the_session_opens_no_file_besides_the_delivered_ones_even_if_sql_slips_through(project):
    with work_session(PARAMS) as connection:
        found = connection.execute("SELECT content FROM read_text('.kehu/key')").fetchall()
        assert found == [(SECRET,)]  # the attempt is a real one: before, it succeeds
        open_no_more_files(connection, but=[Path("raw/x.csv")])
        assert connection.execute("FROM read_csv('raw/x.csv')").fetchall() == [(1,)]
        for sql in (
            "FROM read_text('.kehu/key')",
            f"FROM read_text('{project}/.kehu/key')",
            "FROM read_text('raw/../.kehu/key')",
            "FROM read_text('raw/link')",
            "FROM read_blob('.kehu/*')",
            "FROM glob('*')",
            "COPY (SELECT 1) TO 'raw/out.csv'",
            "ATTACH 'other.db'",
            "SET enable_external_access = true",
            "SET allowed_paths = ['.kehu/key']",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(sql).fetchall()
        connection.execute("CREATE TABLE t AS SELECT * FROM range(10)")  # its own still work


def test_a_delivered_file_that_is_a_link_is_read_where_it_stands(project):
    (project / "far.csv").write_text("a\n2\n", encoding="utf-8")
    (project / "raw/near.csv").symlink_to(project / "far.csv")
    with work_session(PARAMS) as connection:
        open_no_more_files(connection, but=[Path("raw/near.csv")])
        assert connection.execute("FROM read_csv('raw/near.csv')").fetchall() == [(2,)]


def test_integration_itself_runs_without_access_to_the_key(tmp_path, monkeypatch):
    """The list is taken away: what stands behind it holds."""
    key = tmp_path / "key"
    key.write_text(SECRET, encoding="utf-8")
    monkeypatch.setattr("src.sources.mapping.consistency.require_allowed", lambda sql: None)
    sql = f"(SELECT content FROM read_text('{key}'))"
    path = saved(tmp_path, "columns.category.expression", sql)
    raw = tmp_path / "raw"
    raw.mkdir()
    for name, content in (("people", PEOPLE), ("moves", MOVES), ("rates", RATES)):
        (raw / f"{name}.csv").write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=r"Cannot access file|Permission"):
        integrate_into(path, raw, tmp_path)
