"""A private column comes into pseudonyms, scrubbed texts and the vault, and nowhere else."""

import copy

import pytest

from src.core.config import parse_settings
from src.core.errors import ConfigError
from src.sources.mapping.mapping import SourceMapping
from src.sources.mapping.rule import Rule
from src.sources.staging.rules import load_rules
from tests.support.bank.small_banks import CONFIGS
from tests.support.sources.tiny import MAPPING

PRIVATE = {
    "full_name": "name",
    "mobile": "phone",
    "card": "account",
    "cert": "id_number",
    "note": "text",
}


def loaded(change) -> SourceMapping:
    """The tiny source with private columns, of people and joined to their movements, changed."""
    content = copy.deepcopy(MAPPING)
    people = content["files"]["people"]
    people["columns"] |= {c: {"type": "string", "private": kind} for c, kind in PRIVATE.items()}
    move = content["tables"]["transactions"][0]
    move["join"] = [{"file": "people", "by": {"id": "person"}}]
    change(content, content["tables"]["customers"][0], move)
    return parse_settings({**content, "name": "tiny"}, SourceMapping, "tiny.yaml")


def set_move(column, target):
    return lambda content, customer, move: move["columns"].update({column: target})


def set_customer(column, target):
    return lambda content, customer, move: customer["columns"].update({column: target})


def add_rule(aside, **change):
    def both(content, customer, move):
        customer["aside"] = aside
        rule = {"name": "r", "table": "customers", "reason": "x", "when": "true", **change}
        content["rules"] = [rule]

    return both


SHOWING = {
    "by from": (set_customer("region", "full_name"), "customers[0].columns.region", "full_name"),
    "by from, of a joined file": (
        set_move("category", "people.full_name"),
        "transactions[0].columns.category",
        "full_name",
    ),
    "by from, though its values are looked up": (
        set_customer("gender", {"from": "full_name", "values": {"A": "x"}, "otherwise": None}),
        "customers[0].columns.gender",
        "full_name",
    ),
    "in an expression": (
        set_customer("occupation", {"expression": "upper(trim(full_name)) || '!'"}),
        "columns.occupation",
        "full_name",
    ),
    "in capitals": (
        set_customer("occupation", {"expression": "FULL_NAME"}),
        "columns.occupation",
        "full_name",
    ),
    "quoted": (
        set_customer("occupation", {"expression": '"full_name"'}),
        "columns.occupation",
        "full_name",
    ),
    "as what a CASE gives": (
        set_customer("occupation", {"expression": "CASE WHEN since > known THEN mobile END"}),
        "columns.occupation",
        "mobile",
    ),
    "as the column of a joined file": (
        set_move("category", {"expression": "coalesce(people.mobile, what)"}),
        "columns.category",
        "mobile",
    ),
    "as a whole row": (
        set_customer("occupation", {"expression": "to_json(_main)"}),
        "columns.occupation",
        "is private",
    ),
    "as a whole joined row": (
        set_move("category", {"expression": "CAST(people AS VARCHAR)"}),
        "columns.category",
        "is private",
    ),
    "by a star": (
        set_customer("occupation", {"expression": "concat(*COLUMNS(*))"}),
        "columns.occupation",
        "is private",
    ),
    "as a number that becomes a pseudonym elsewhere": (
        set_move("transaction_id", {"expression": "no || person"}),
        "columns.transaction_id",
        "person",
    ),
    "by from, as a number that becomes a pseudonym elsewhere": (
        set_move("category", "person"),
        "columns.category",
        "person",
    ),
    "as the system's number of a movement": (
        set_move("transaction_id", {"expression": "people.card || '-' || no"}),
        "columns.transaction_id",
        "card",
    ),
    "as an amount": (
        set_move("amount_minor", {"money": {"amount": "CAST(people.mobile AS BIGINT)"}}),
        "columns.amount_minor",
        "mobile",
    ),
    "a phone as a date of birth": (
        set_customer("birth_date", {"expression": "strptime(mobile, '%Y')"}),
        "columns.birth_date",
        "mobile",
    ),
    "by a rule over an aside column": (
        add_rule({"who": "lower(full_name)"}, correct={"region": "coalesce(region, who)"}),
        "rule 'r', column 'region'",
        "'who'",
    ),
    "by a rule in capitals": (
        add_rule({"Who": "full_name"}, correct={"region": "WHO"}),
        "rule 'r', column 'region'",
        "'who'",
    ),
    "by a rule and a star": (
        add_rule({}, correct={"region": "concat(*COLUMNS(*))"}),
        "rule 'r', column 'region'",
        "is private",
    ),
    "by a rule over a ledger column": (
        add_rule({}, impute={"region": "customer_id"}),
        "rule 'r', column 'region'",
        "'customer_id'",
    ),
}


@pytest.mark.parametrize("name", SHOWING)
def test_a_private_column_that_would_show_in_the_ledger_is_refused(name):
    change, where, found = SHOWING[name]
    with pytest.raises(ConfigError) as caught:
        loaded(change)
    message = str(caught.value)
    for part in ("tiny.yaml", where, found, "is private", "expected it in customer_id", "Leave it"):
        assert part in message
    assert len(message) < 300


HIDDEN = {
    "a customer number": set_customer("customer_id", "card"),
    "an account number": set_move("account_id", "people.card"),
    "the other side": set_move("counterparty", {"expression": "people.full_name || person"}),
    "a condition": set_customer(
        "kind",
        {"expression": "CASE WHEN full_name LIKE '%Ltd' THEN 'company' ELSE 'person' END"},
    ),
    "a looked-up digit": set_customer(
        "gender",
        {"expression": "substr(cert, 17, 1)", "values": {"1": "male"}, "otherwise": "female"},
    ),
    "the date in an identity number": set_customer(
        "birth_date", {"expression": "strptime(substr(cert, 7, 8), '%Y%m%d')"}
    ),
    "the same by a rule": add_rule(
        {"told": "strptime(substr(cert, 7, 8), '%Y%m%d')"}, impute={"birth_date": "told"}
    ),
    "an order": set_customer(
        "dependants", {"expression": "row_number() OVER (ORDER BY full_name)"}
    ),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_becomes_a_pseudonym_or_is_only_asked_about_is_allowed(name):
    loaded(HIDDEN[name])


@pytest.mark.parametrize(
    ("table", "column"), [("interactions", "text"), ("questionnaires", "answers")]
)
def test_free_text_may_come_into_the_columns_that_are_scrubbed_and_a_name_may_not(table, column):
    def mapped(origin):
        columns = {
            "interactions": {
                "interaction_id": {"expression": "'note-' || _line"},
                "occurred_at": "since",
                "kind": {"constant": "visit"},
            },
            "questionnaires": {"completed_at": "since", "risk_level": {"constant": 1}},
        }[table]
        shared = {"customer_id": "id", "known_at": "since", column: origin}
        return lambda content, customer, move: content["tables"].update(
            {table: [{"file": "people", "columns": columns | shared}]}
        )

    loaded(mapped("note"))
    with pytest.raises(ConfigError, match="full_name is private"):
        loaded(mapped("full_name"))


def test_a_rule_for_every_source_may_not_copy_what_is_private(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(
        "rules: [{name: r, table: transactions, reason: x, when: 'true', "
        "correct: {category: account_id}}]",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match=r"rules\.yaml: rule 'r'.*'account_id' is private"):
        load_rules(path)
    assert all(isinstance(rule, Rule) for rule in load_rules(CONFIGS.parent / "rules.yaml"))


def test_sql_that_is_no_expression_is_refused_with_its_place():
    for sql in ("upper(", "full_name) AS category, (no"):
        with pytest.raises(ConfigError, match=r"columns\.category"):
            loaded(set_move("category", {"expression": sql}))


def test_what_pseudonyms_and_free_texts_are_made_of_is_private_without_being_marked():
    def change(content, customer, move):
        move["columns"] |= {"account_id": "what", "counterparty": {"expression": "no || currency"}}
        move["columns"]["kind"] = {"constant": "deposit"}

    moves = loaded(change).files["moves"].columns
    assert {name: column.private for name, column in moves.items()} == {
        "no": "text",
        "person": "record",
        "moment": None,
        "what": "account",
        "amount": None,
        "currency": "text",
    }


def test_a_mark_is_not_replaced_by_what_follows_from_the_tables():
    columns = loaded(set_customer("customer_id", "card")).files["people"].columns
    assert columns["card"].private == "account"
