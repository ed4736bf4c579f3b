"""Rules correct, fill and put aside what they say, count it, and look back only."""

import pytest
import yaml

from src.core.config import parse_settings
from src.core.errors import ConfigError, SourceError
from src.pipeline.paths import RULES, SOURCES
from src.sources.mapping.mapping import load_mapping
from src.sources.mapping.rule import Rule
from src.sources.staging.causal import looks_ahead
from src.sources.staging.rules import apply_rules, load_rules, make_changes, require_causal
from tests.support.sources.staged_rows import day, stage_rows, staged

EARLIER = (
    "OVER (PARTITION BY product_id ORDER BY known_at ROWS BETWEEN 7 PRECEDING AND 1 PRECEDING)"
)


def _rule(**keys) -> Rule:
    content = {"name": "a_rule", "table": "prices", "reason": "because", **keys}
    return parse_settings(content, Rule, "test")


def _prices(closes):
    return [
        {"product_id": "P", "date": day(n), "close": close, "known_at": day(n)}
        for n, close in enumerate(closes)
    ]


def _apply(table, rows, *rules):
    """Rows after the rules (in their order), the counts, and the changes noted."""
    with staged() as work:
        make_changes(work.connection)
        stage_rows(work, table, rows)
        counts = apply_rules(work, table, rules)
        found = work.connection.sql(f"FROM stage_{table} ORDER BY _id").to_arrow_table()
        changes = work.connection.execute(
            "SELECT _line, column_name, rule, kind, before, after FROM rule_changes ORDER BY ALL"
        ).fetchall()
    return found.to_pylist(), counts, changes


def test_a_correction_is_noted_with_before_and_after_and_counted():
    rule = _rule(when="close < 0", correct={"close": "-close"})
    rows, (count,), changes = _apply("prices", _prices([5.0, -6.0]), rule)
    assert [row["close"] for row in rows] == [5.0, 6.0]
    assert changes == [(1, "close", "a_rule", "corrected", "-6.0", "6.0")]
    assert (count.checked, count.found, count.changed) == (2, 1, 1)
    assert [row["imputed"] for row in rows] == [None, None]


def test_a_value_that_is_right_already_is_found_but_not_changed():
    rule = _rule(when="close > 0", correct={"close": "5"})
    _, (count,), changes = _apply("prices", _prices([5.0, 6.0]), rule)
    assert (count.found, count.changed, len(changes)) == (2, 1, 1)


def test_an_imputed_value_fills_only_what_is_empty_and_leaves_a_flag():
    rule = _rule(
        table="customers",
        when="true",
        impute={"region": "'north'", "gender": "'female'"},
    )
    rows = [
        {"customer_id": name, "kind": "person", "region": region, "known_at": day(0)}
        for name, region in (("a", None), ("b", "south"))
    ]
    rows, (count,), changes = _apply("customers", rows, rule)
    assert [row["region"] for row in rows] == ["north", "south"]
    assert [row["imputed"] for row in rows] == ["region,gender", "gender"]
    assert (count.empty_before, count.empty_after) == (3, 0)
    assert {change[3] for change in changes} == {"imputed"}


def test_a_quarantined_row_is_not_seen_by_later_rules():
    first = _rule(name="first", when="close = 0", quarantine=True)
    second = _rule(name="second", when="close < 1", quarantine=True)
    rows, counts, _ = _apply("prices", _prices([0.0, 0.5, 2.0]), first, second)
    assert [row["_rule"] for row in rows] == ["first", "second", None]
    assert [(count.checked, count.found) for count in counts] == [(3, 1), (2, 1)]


CODE = {"when": "product_id = 'Q'", "correct": {"product_id": "'P'"}}
SIGN = {"when": "close < 0", "correct": {"close": "-close"}}
FIVE = {"when": "close = 5", "quarantine": True}


@pytest.mark.parametrize(
    ("keys", "products", "checked"),
    [(CODE, ["P", "P"], 2), (SIGN, ["Q", "Q"], 1), (FIVE, ["Q", "Q"], 1)],
    ids=["of the key", "of another column", "quarantine"],
)
def test_of_all_rules_those_that_correct_the_key_alone_see_rows_that_cancel(
    keys, products, checked
):
    one = {"product_id": "Q", "date": day(0), "close": 4.0, "known_at": day(0)}
    undo = one | {"close": 5.0, "known_at": day(1), "_cancels": True}
    rows, (count,), _ = _apply("prices", [one, undo], _rule(**keys))
    assert [row["product_id"] for row in rows] == products
    assert [row["_rule"] for row in rows] == [None, None]
    assert count.checked == checked


CLOSES = [10.0, 10.5, -10.2, 10.1, 105.0, 10.4, 1.02, 10.3, 0.0, 10.1]


def test_the_general_rules_correct_signs_and_put_spikes_aside():
    rows, _, _ = _apply("prices", _prices(CLOSES), *load_rules(RULES))
    assert rows[2]["close"] == 10.2
    assert {n: row["_rule"] for n, row in enumerate(rows) if row["_rule"]} == {
        4: "price_spike",
        6: "price_spike",
        8: "price_not_positive",
    }


@pytest.mark.parametrize("known", range(1, len(CLOSES)))
def test_what_rules_do_to_a_row_does_not_depend_on_rows_known_later(known):
    rules = load_rules(RULES)
    whole, _, _ = _apply("prices", _prices(CLOSES), *rules)
    part, _, _ = _apply("prices", _prices(CLOSES[:known]), *rules)
    assert part == whole[:known]


@pytest.mark.parametrize(
    "sql",
    [
        "lead(close) OVER (PARTITION BY product_id ORDER BY known_at) > 1",
        "lag(close) OVER (PARTITION BY product_id ORDER BY date) > 1",
        "avg(close) OVER (PARTITION BY product_id) > 1",
        "avg(close) OVER (ORDER BY known_at ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) > 1",
        "lag(close) OVER (ORDER BY known_at DESC) > 1",
        "fill(close) OVER (PARTITION BY product_id ORDER BY known_at) > 1",
        "date > current_date",
    ],
)
def test_a_rule_that_could_look_ahead_is_refused(sql):
    with pytest.raises(ConfigError, match="a_rule"):
        require_causal((_rule(when=sql, quarantine=True),), "rules.yaml")


@pytest.mark.parametrize(
    "sql",
    [
        f"close > median(close) {EARLIER}",
        "close < 0",
        "close IS DISTINCT FROM 1",
        "category = 'lead (select)'",
    ],
)
def test_a_rule_that_looks_back_is_taken(sql):
    assert looks_ahead(sql) is None


@pytest.mark.parametrize("path", sorted(SOURCES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_rules_of_every_mapping_look_back_only(path):
    mapping = load_mapping(path)
    require_causal(mapping.rules, mapping.where)


def test_rule_names_are_unique_so_that_counts_tell_them_apart():
    names = [rule.name for rule in load_rules(RULES)]
    assert len(set(names)) == len(names)


def test_a_rule_that_cant_be_computed_is_named():
    with pytest.raises(SourceError, match="rule 'a_rule' can't be computed"):
        _apply("prices", _prices([1.0]), _rule(when="clos < 0", quarantine=True))


def test_an_unknown_key_in_the_rules_is_an_error(tmp_path):
    content = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    content["rules"][0]["whenn"] = "true"
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ConfigError, match="whenn"):
        load_rules(path)
