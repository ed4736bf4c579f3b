"""A mapping that contradicts itself is refused with its file and the remedy."""

import pytest
import yaml

from src.core.errors import ConfigError
from src.sources.mapping.mapping import load_mapping
from tests.support.bank.small_banks import CONFIGS
from tests.support.sources.mapping_changes import (
    accounts,
    amount_with,
    column_with,
    file_with,
    kind_with,
    load,
    then,
)
from tests.support.sources.tiny import MAPPING

WRONG = {
    "two files of one path": (
        file_with(path="moves.csv"),
        ["files.people and files.moves read the same path 'moves.csv'"],
    ),
    "a path that leaves the folder": (file_with(path="../x.csv"), ["'../x.csv'", "stay inside"]),
    "two stars": (file_with(path="*_*.csv", delivered="%Y"), ["at most one '*'"]),
    "a star without the date that it stands for": (
        file_with(path="people_*.csv"),
        ["one '*' and 'delivered'", "together"],
    ),
    "a delivery date without month": (
        file_with(path="people_*.csv", delivered="%Y"),
        ["files.people.delivered", "'%Y' does not tell year and month", "%Y%m%d"],
    ),
    "a column both read and ignored": (
        file_with(ignored=["remark", "id"]),
        ["column 'id' stands both under 'columns' and 'ignored'"],
    ),
    "a reserved column": (
        lambda m: m["files"]["people"]["columns"].update(_line="integer"),
        ["'_line' is taken by integration"],
    ),
    "a query of a file": (file_with(query="SELECT 1"), ["'query' belongs to 'format: sql'"]),
    "a database without query": (
        file_with(format="sql", url="sqlite:///x", path="x.parquet"),
        ["needs 'url' and exactly one of 'query' and 'table'"],
    ),
    "a database extracted to CSV": (
        file_with(format="sql", url="sqlite:///x", table="x"),
        ["found path 'people.csv'", "ends in .parquet"],
    ),
    "a password with a slash": (
        file_with(format="sql", url="postgresql://a:b/c@d/e", table="x", path="x.parquet"),
        ["holds a password", "${NAME_OF_THE_VARIABLE}"],
    ),
    "a password": (
        file_with(format="sql", url="postgresql://a:b@c/d", table="x", path="x.parquet"),
        ["holds a password", "${NAME_OF_THE_VARIABLE}"],
    ),
    "bounds that cross": (
        file_with(expected_rows={"at_least": 5, "at_most": 2}),
        ["at_most is 2", "5"],
    ),
    "a decimal mark of a date": (column_with(decimal=","), ["'decimal' stands beside type 'date'"]),
    "one mark for decimals and thousands": (
        amount_with(thousands="."),
        ["both decimal and thousands"],
    ),
    "a rule name with spaces": (
        column_with(formats={"Swapped days": "%Y-%d-%m"}),
        ["'Swapped days'", "swapped_day_and_month"],
    ),
    "an unknown private kind": (column_with(private="secret"), ["private", "'secret'"]),
    "an expression with values that are not all known": (
        kind_with(expression="upper(what)", values={"IN": "deposit"}),
        ["'values' of an expression needs 'otherwise'", "vanish"],
    ),
    "values of a constant": (kind_with(constant="x", values={"x": "deposit"}), ["'values' needs"]),
    "otherwise without values": (
        kind_with(expression="what", otherwise="deposit"),
        ["'otherwise' stands without 'values'"],
    ),
    "an unknown raw column": (
        lambda m: m["tables"]["customers"][0]["columns"].update(region="remrk"),
        ["tables.customers[0].columns.region", "'remrk' is no column of files.people"],
    ),
    "a file that is not joined": (
        lambda m: m["tables"]["transactions"][0]["columns"].update(channel="people.id"),
        ["'people.id' reads the file 'people', which is not joined"],
    ),
    "a join by an unknown column": (
        lambda m: m["tables"]["transactions"][0].update(
            join=[{"file": "people", "by": {"idd": "person"}}]
        ),
        ["tables.transactions[0].join", "'idd'", "Did you mean 'id'?"],
    ),
    "an aside column with a ledger name": (
        lambda m: m["tables"]["transactions"][0].update(aside={"kind": "what"}),
        ["'aside' names 'kind'", "no ledger column"],
    ),
    "a column that integration fills": (
        lambda m: m["tables"]["customers"][0]["columns"].update(known_until="since"),
        ["'known_until' is filled by integration"],
    ),
    "a system without identities": (
        lambda m: m["tables"]["customers"][0]["columns"].update(
            customer_id={"system": "crm", "from": "id"}
        ),
        ["no identities of system 'crm'"],
    ),
    "a system on another column": (
        lambda m: m["tables"]["customers"][0]["columns"].update(
            region={"system": "crm", "from": "id"}
        ),
        ["only 'customer_id' takes 'system'"],
    ),
    "a customer number without system": (
        then(lambda m: m["tables"]["customers"][0]["columns"].update(customer_id="id")),
        ["tables.customers[0].columns.customer_id", "one of crm"],
    ),
    "an unknown system": (
        then(
            lambda m: m["tables"]["customers"][0]["columns"].update(
                customer_id={"system": "crn", "from": "id"}
            )
        ),
        ["no identities of system 'crn'", "Did you mean 'crm'?"],
    ),
    "a record number that is not private": (
        then(lambda m: m["files"]["moves"]["columns"].update(person="string")),
        ["columns.customer_id: person", "'private: record'"],
    ),
    "a name that is not private": (
        then(lambda m: m["files"]["people"]["columns"].update(remark="string")),
        ["files.people.columns.remark", "'private: name'"],
    ),
    "an account number that is not private": (
        then(lambda m: m["tables"]["transactions"][0]["columns"].update(account_id="currency")),
        ["columns.account_id: currency", "'private: account'"],
    ),
    "a told account that is not private": (
        then(accounts(lambda m: m["files"]["moves"]["columns"].update(account="string"))),
        ["files.moves.columns.account", "'private: account, or text for its last digits alone'"],
    ),
    "an identity without kind that tells more than accounts": (
        then(lambda m: m["identities"][0].pop("kind")),
        ["identities.0", "'kind' is missing", "tells accounts and nothing else"],
    ),
    "a system of which accounts alone are told": (
        then(accounts(lambda m: m["identities"][1].update(system="core"))),
        ["identities[1]", "of system 'core' only accounts are told", "with 'kind'"],
    ),
    "a control file that is not declared": (
        lambda m: m.update(control={"file": "peopel", "path": "id", "rows": "id"}),
        ["control: 'peopel' does not stand under 'files'", "people"],
    ),
    "a control number that is text": (
        lambda m: m.update(control={"file": "people", "path": "id", "rows": "id"}),
        ["control.rows", "integer"],
    ),
    "a rule that does two things": (
        lambda m: m.update(
            rules=[
                {"name": "r", "table": "transactions", "reason": "x", "when": "true"}
                | {"quarantine": True, "correct": {"kind": "'fee'"}}
            ]
        ),
        ["rules.0", "exactly one of 'correct', 'impute'"],
    ),
    "a rule for an unknown column": (
        lambda m: m.update(
            rules=[
                {"name": "r", "table": "transactions", "reason": "x", "when": "true"}
                | {"impute": {"kint": "'fee'"}}
            ]
        ),
        ["rules.0", "'kint' is no column of transactions", "kind"],
    ),
    "an unknown key": (
        lambda m: m.update(base_curency="EUR"),
        ["unknown key 'base_curency'", "base_currency"],
    ),
    "an unknown key of a file": (
        lambda m: m["files"]["people"].update(delimitr=";"),
        ["files.people", "delimitr"],
    ),
    "an unknown table": (
        lambda m: m["tables"].update(customer=m["tables"]["customers"]),
        ["'customer' is no ledger table", "customers"],
    ),
    "an unknown ledger column": (
        lambda m: m["tables"]["customers"][0]["columns"].update(regoin="id"),
        ["tables.customers[0]", "'regoin' is no ledger column", "region"],
    ),
    "a required column left out": (
        lambda m: m["tables"]["transactions"][0]["columns"].pop("kind"),
        ["tables.transactions[0]", "required ledger column 'kind'"],
    ),
    "a file not declared": (
        lambda m: m["tables"]["customers"][0].update(file="peple"),
        ["'peple' does not stand under 'files'", "people"],
    ),
    "a source without customers": (
        lambda m: m["tables"].pop("customers"),
        ["table 'customers' is missing"],
    ),
    "a source without a table that a task needs": (
        lambda m: m["tables"].pop("transactions"),
        ["task 'value_tier' needs one of the tables transactions, balances", "'unsupported'"],
    ),
    "a file mapped without columns": (
        lambda m: m["tables"]["customers"][0].pop("columns"),
        ["tables.customers.0", "'file' with 'columns'"],
    ),
    "a unit that is no number": (
        lambda m: m["tables"]["transactions"][0]["columns"]["amount_minor"]["money"].update(
            unit="fen"
        ),
        ["money.unit", "found 'fen'", "decimal number above 0"],
    ),
    "an unknown encoding": (
        lambda m: m["files"]["people"].update(encoding="utf9"),
        ["files.people.encoding", "'utf9' is not known", "gbk"],
    ),
    "a task neither supported nor explained": (
        lambda m: m.update(unsupported={}),
        ["'risk_appetite'", "'unsupported'"],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_mapping_is_refused_with_file_and_remedy(tmp_path, name):
    change, expected = WRONG[name]
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, change)
    message = str(caught.value)
    assert "tiny.yaml" in message
    assert all(part in message for part in expected), message
    assert len(message) < 300


def test_names_that_yaml_reads_as_truth_values_need_quotes(tmp_path):
    path = tmp_path / "tiny.yaml"
    text = yaml.safe_dump(MAPPING)
    path.write_text(text.replace("'no': string", "no: string"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"files: moves: columns: the key False.*in quotes"):
        load_mapping(path)
    path.write_text(text.replace("transaction_id: 'no'", "transaction_id: no"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"columns\.transaction_id.*found False.*in quotes"):
        load_mapping(path)


def test_an_unknown_source_names_the_known_ones():
    with pytest.raises(ConfigError, match="Did you mean 'berka'"):
        load_mapping(CONFIGS / "brka.yaml")
