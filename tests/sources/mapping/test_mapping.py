"""A mapping is typed and closed; what contradicts itself is refused with the remedy."""

import copy

import pytest
import yaml

from src.core.errors import ConfigError
from src.sources.mapping.mapping import load_mapping
from tests.sources.conftest import CONFIGS
from tests.sources.tiny import MAPPING


def _load(tmp_path, change):
    content = copy.deepcopy(MAPPING)
    change(content)
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_mapping(path)


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_mapping_of_the_project_loads(path):
    mapping = load_mapping(path)
    assert mapping.name == path.stem
    assert set(mapping.supports) | set(mapping.unsupported) == {
        "risk_appetite",
        "value_tier",
        "churn",
    }


def _identified(m):
    """A mapping whose customers are to be resolved."""
    people = m["files"]["people"]["columns"]
    people["id"] = {"type": "string", "private": "record"}
    people["remark"] = {"type": "string", "private": "name"}
    m["files"]["people"]["ignored"] = []
    m["files"]["moves"]["columns"]["person"] = {"type": "string", "private": "record"}
    m["identities"] = [
        {"file": "people", "system": "crm", "id": "id", "kind": "'person'", "name": "remark"}
        | {"known_at": "since"}
    ]
    for table, column in (("customers", "id"), ("transactions", "person")):
        m["tables"][table][0]["columns"]["customer_id"] = {"system": "crm", "from": column}


def _then(change):
    def both(m):
        _identified(m)
        change(m)

    return both


def _accounts(change):
    """A mapping in which a file tells which accounts are whose, and then a change."""

    def both(m):
        m["files"]["moves"]["columns"]["account"] = {"type": "string", "private": "account"}
        m["identities"].append(
            {"file": "moves", "system": "crm", "id": "person", "account": "account"}
            | {"known_at": "moment"}
        )
        change(m)

    return both


def test_a_file_may_tell_accounts_alone(tmp_path):
    mapping = _load(tmp_path, _then(_accounts(lambda m: None)))
    assert mapping.systems == {"crm"}
    assert mapping.identities[1].kind is None


def test_identities_deliveries_and_rules_are_read(tmp_path):
    def change(m):
        _identified(m)
        m["files"]["moves"].update(path="moves_*.csv", delivered="%Y%m%d")
        m["rules"] = [
            {"name": "no_future", "table": "transactions", "reason": "typing", "when": "true"}
            | {"quarantine": True}
        ]
        m["tables"]["transactions"][0].update(
            aside={"what": "what"}, cancels="what = 'X'", distinct=["no"]
        )

    mapping = _load(tmp_path, change)
    assert mapping.systems == {"crm"}
    assert mapping.files["moves"].deliveries
    assert mapping.rules[0].kind == "quarantine"
    assert mapping.files["moves"].expected_rows.at_least == 1


def test_a_value_of_an_expression_may_be_left_without_meaning_on_purpose(tmp_path):
    def change(m):
        m["tables"]["transactions"][0]["columns"]["kind"] = {
            "expression": "upper(what)",
            "values": {"IN": "deposit"},
            "otherwise": None,
        }

    target = _load(tmp_path, change).tables["transactions"][0].columns["kind"]
    assert target.knows_all_values


def _file(**keys):
    return lambda m: m["files"]["people"].update(keys)


def _column(**keys):
    return lambda m: m["files"]["people"]["columns"].update(since={"type": "date", **keys})


def _amount(**keys):
    return lambda m: m["files"]["moves"]["columns"].update(amount={"type": "decimal", **keys})


def _kind(**keys):
    return lambda m: m["tables"]["transactions"][0]["columns"].update(kind=keys)


WRONG = {
    "two files of one path": (
        _file(path="moves.csv"),
        ["files.people and files.moves read the same path 'moves.csv'"],
    ),
    "a path that leaves the folder": (_file(path="../x.csv"), ["'../x.csv'", "stay inside"]),
    "two stars": (_file(path="*_*.csv", delivered="%Y"), ["at most one '*'"]),
    "a star without the date that it stands for": (
        _file(path="people_*.csv"),
        ["one '*' and 'delivered'", "together"],
    ),
    "a delivery date without month": (
        _file(path="people_*.csv", delivered="%Y"),
        ["files.people.delivered", "'%Y' does not tell year and month", "%Y%m%d"],
    ),
    "a column both read and ignored": (
        _file(ignored=["remark", "id"]),
        ["column 'id' stands both under 'columns' and 'ignored'"],
    ),
    "a reserved column": (
        lambda m: m["files"]["people"]["columns"].update(_line="integer"),
        ["'_line' is taken by integration"],
    ),
    "a query of a file": (_file(query="SELECT 1"), ["'query' belongs to 'format: sql'"]),
    "a database without query": (
        _file(format="sql", url="sqlite:///x", path="x.parquet"),
        ["needs 'url' and exactly one of 'query' and 'table'"],
    ),
    "a database extracted to CSV": (
        _file(format="sql", url="sqlite:///x", table="x"),
        ["found path 'people.csv'", "ends in .parquet"],
    ),
    "a password with a slash": (
        _file(format="sql", url="postgresql://a:b/c@d/e", table="x", path="x.parquet"),
        ["holds a password", "${NAME_OF_THE_VARIABLE}"],
    ),
    "a password": (
        _file(format="sql", url="postgresql://a:b@c/d", table="x", path="x.parquet"),
        ["holds a password", "${NAME_OF_THE_VARIABLE}"],
    ),
    "bounds that cross": (
        _file(expected_rows={"at_least": 5, "at_most": 2}),
        ["at_most is 2", "5"],
    ),
    "a decimal mark of a date": (_column(decimal=","), ["'decimal' stands beside type 'date'"]),
    "one mark for decimals and thousands": (_amount(thousands="."), ["both decimal and thousands"]),
    "a rule name with spaces": (
        _column(formats={"Swapped days": "%Y-%d-%m"}),
        ["'Swapped days'", "swapped_day_and_month"],
    ),
    "an unknown private kind": (_column(private="secret"), ["private", "'secret'"]),
    "an expression with values that are not all known": (
        _kind(expression="upper(what)", values={"IN": "deposit"}),
        ["'values' of an expression needs 'otherwise'", "vanish"],
    ),
    "values of a constant": (_kind(constant="x", values={"x": "deposit"}), ["'values' needs"]),
    "otherwise without values": (
        _kind(expression="what", otherwise="deposit"),
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
        _then(lambda m: m["tables"]["customers"][0]["columns"].update(customer_id="id")),
        ["tables.customers[0].columns.customer_id", "one of crm"],
    ),
    "an unknown system": (
        _then(
            lambda m: m["tables"]["customers"][0]["columns"].update(
                customer_id={"system": "crn", "from": "id"}
            )
        ),
        ["no identities of system 'crn'", "Did you mean 'crm'?"],
    ),
    "a record number that is not private": (
        _then(lambda m: m["files"]["moves"]["columns"].update(person="string")),
        ["columns.customer_id: person", "'private: record'"],
    ),
    "a name that is not private": (
        _then(lambda m: m["files"]["people"]["columns"].update(remark="string")),
        ["files.people.columns.remark", "'private: name'"],
    ),
    "an account number that is not private": (
        _then(lambda m: m["tables"]["transactions"][0]["columns"].update(account_id="currency")),
        ["columns.account_id: currency", "'private: account'"],
    ),
    "a told account that is not private": (
        _then(_accounts(lambda m: m["files"]["moves"]["columns"].update(account="string"))),
        ["files.moves.columns.account", "'private: account, or text for its last digits alone'"],
    ),
    "an identity without kind that tells more than accounts": (
        _then(lambda m: m["identities"][0].pop("kind")),
        ["identities.0", "'kind' is missing", "tells accounts and nothing else"],
    ),
    "a system of which accounts alone are told": (
        _then(_accounts(lambda m: m["identities"][1].update(system="core"))),
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
        _load(tmp_path, change)
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
