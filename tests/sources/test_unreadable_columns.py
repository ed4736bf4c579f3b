"""A row that is made of a value that can't be read goes to quarantine as unreadable_<column>,
whatever the column's name, type, use and file; `check` says the same as integration."""

import copy
import os

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from src.sources.mapping.entries import Entry
from src.sources.mapping.mapping import load_mapping
from src.sources.onboarding.check import Terms, check_source
from src.sources.staging.limits import read_columns
from tests.support.sources.integration import PARAMS, integrate_into
from tests.support.sources.one_file import mapping_of
from tests.support.sources.tiny import MAPPING, MOVES, PEOPLE, RATES

# The name in the file, and how SQL may write it.
NAMES = {
    "money_in": "money_in",
    "Money In": '"Money In"',
    "收入(元)": '"收入(元)"',
    "money-in": '"money-in"',
    "Money_In": "money_in",
    "montant (€)": '"montant (€)"',
    'a "quoted" one': '"a ""quoted"" one"',
    "2024": '"2024"',
    "select": '"select"',
}
TYPES = {
    "decimal": ("1.00", "1,00"),
    "integer": ("1", "1.5"),
    "number": ("1.5", "one"),
    "date": ("2021-02-03", "2021-02-30"),
    "time": ("2021-02-03T10:00:00Z", "yesterday"),
}


def amount(sql):
    return lambda move, name: move["columns"].update(
        amount_minor={"money": {"amount": f"coalesce(TRY_CAST({sql} AS DECIMAL(26,6)), 0)"}}
    )


def judged_alone(sql):
    return lambda move, name: move["reject"].update(odd=f"CAST({sql} AS VARCHAR) = 'odd'")


def selected(sql):
    return lambda move, name: move.update(where=f"coalesce({sql} IS NOT NULL, false) OR true")


def by_from(_):
    return lambda move, name: move["columns"].update(category={"from": name})


def joined(sql):
    def change(move, name):
        move["join"] = [{"file": "side", "by": {"no": "no"}}]
        move["columns"]["category"] = {"expression": f"CAST(side.{sql} AS VARCHAR)"}

    return change


USES = {f.__name__: f for f in (amount, judged_alone, selected, by_from, joined)}


def entry_of(account, table):
    (entry,) = [entry for entry in account["rows"] if entry["table"] == table]
    return entry


def outcome(folder, name, kind, use):
    """What became of 30 good rows and one whose `name` can't be read: by integration, by check."""
    good, bad = TYPES[kind]
    content = copy.deepcopy(MAPPING)
    move = content["tables"]["transactions"][0]
    move["reject"] = {}
    USES[use](NAMES[name])(move, name)
    own = {"no": "string", "person": "string", "moment": "time", "what": "string"}
    own |= {"amount": "decimal", "currency": "string"}
    side = {"no": "string", name: kind}
    content["files"]["moves"] |= {"delimiter": ",", "columns": own}
    if use == "joined":
        content["files"]["side"] = {"path": "side.csv", "columns": side}
    else:
        own[name] = kind
    quoted = '"' + name.replace('"', '""') + '"'
    values = [*[good] * 30, bad]
    rows = [f"{n},A,2021-02-01T10:00:00Z,IN,5,EUR" for n in range(31)]
    if use == "joined":
        lines = [f'{n},"{value}"' for n, value in enumerate(values)]
        (folder / "side.csv").write_text("\n".join([f"no,{quoted}", *lines, ""]), "utf-8")
    else:
        rows = [f'{row},"{value}"' for row, value in zip(rows, values, strict=True)]
        own_header = f",{quoted}"
    header = "no,person,moment,what,amount,currency" + ("" if use == "joined" else own_header)
    (folder / "moves.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "rates.csv").write_text(RATES, encoding="utf-8")
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    entry = entry_of(integrate_into(path, folder, folder), "transactions")
    work = folder / "work"
    work.mkdir()
    sections = check_source(load_mapping(path), folder, Terms(1000, PARAMS, (), os.environ, work))
    found = [finding for section in sections for finding in section.findings]
    return entry, found


@pytest.mark.parametrize("name", NAMES)
def test_an_amount_behind_any_name_goes_to_quarantine_by_check_and_integration(tmp_path, name):
    entry, found = outcome(tmp_path, name, "decimal", "amount")
    assert entry["rejected"] == {f"unreadable_{name}": 1}
    assert any(f.text.endswith(f"to quarantine as unreadable_{name}") for f in found)
    assert any(f.subject == "rows" and f.text == "30 of 31 looked at would stand" for f in found)
    assert any(f.subject == f"unreadable_{name}" for f in found)


@pytest.mark.parametrize(
    ("kind", "use"),
    [*zip(TYPES, USES, strict=True), ("date", "judged_alone"), ("integer", "joined")],
)
def test_so_does_any_type_in_any_use(tmp_path, kind, use):
    entry, found = outcome(tmp_path, "Money In", kind, use)
    assert entry["rejected"] == {"unreadable_Money In": 1}
    assert any(f.subject == "rows" and f.text == "30 of 31 looked at would stand" for f in found)


def test_a_date_of_birth_that_does_not_exist_puts_the_customers_record_aside(tmp_path):
    content = copy.deepcopy(MAPPING)
    content["files"]["people"]["columns"]["Date of birth"] = "date"
    content["tables"]["customers"][0]["columns"]["birth_date"] = "Date of birth"
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    people = "id,since,remark,Date of birth\nA,01.02.2020,,1975-02-28\nB,01.02.2020,,1975-02-30\n"
    (tmp_path / "people.csv").write_text(people, encoding="utf-8")
    (tmp_path / "moves.csv").write_text(MOVES, encoding="utf-8")
    (tmp_path / "rates.csv").write_text(RATES, encoding="utf-8")
    entry = entry_of(integrate_into(path, tmp_path, tmp_path), "customers")
    assert entry["rejected"] == {"unreadable_Date of birth": 1}


def test_a_column_that_no_table_reads_keeps_its_rows_and_check_says_so(tmp_path):
    """The declared column is read by nothing: check promises no quarantine."""
    USES["unused"] = lambda sql: lambda move, name: None
    try:
        entry, found = outcome(tmp_path, "Money In", "decimal", "unused")
    finally:
        del USES["unused"]
    assert entry["rejected"] == {}
    assert any("left empty, for no table reads it" in f.text for f in found)
    assert any(f.subject == "rows" and f.text == "31 of 31 looked at would stand" for f in found)


ANY_NAME = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=("Cs",)),
    min_size=1,
    max_size=12,
)


@given(st.lists(ANY_NAME, min_size=1, max_size=4, unique_by=str.lower), st.data())
def test_every_name_that_sql_quotes_is_found_and_no_other(names, data):
    used = data.draw(st.sets(st.sampled_from(names)))
    terms = ['"' + name.replace('"', '""') + '"' for name in sorted(used)]
    mapping = mapping_of({"f": {"path": "f.csv", "columns": dict.fromkeys(names, "decimal")}})
    entry = Entry.model_validate(
        {"file": "f", "columns": {"amount_minor": {"money": {"amount": " + ".join([*terms, "0"])}}}}
    )
    assert read_columns(mapping, entry) == {("f", name): ["amount_minor"] for name in used}
