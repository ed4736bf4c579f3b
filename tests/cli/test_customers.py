"""Looking customers up: read from standard input, one a line, noted before anything is shown."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.support.cli.command import PROJECT, START, kehu
from tests.support.sources.generated_sources import source
from tests.support.sources.pipeline_stages import integrated

BODY = """
files:
  people:
    path: people.csv
    columns: {"no": string, since: date, full: {private: name}, mobile: {private: phone}}
  moves:
    path: moves.csv
    columns: {id: string, who: string, day: date, cents: integer}
tables:
  customers:
    - file: people
      columns: {customer_id: "no", kind: {constant: person}, known_at: since}
  transactions:
    - file: moves
      columns:
        transaction_id: id
        customer_id: who
        occurred_at: day
        kind: {constant: deposit}
        amount_minor: {money: {amount: cents, unit: "0.01"}}
        currency: {constant: CNY}
        known_at: day
"""
PEOPLE = pd.DataFrame(
    {
        "no": ["CUSTOMER-1", "CUSTOMER-2"],
        "since": "2023-01-01",
        "full": ["王伟", "Anna Example"],
        "mobile": ["13800138000", "13900139000"],
    }
)
MOVES = pd.DataFrame(
    {"id": ["m1", "m2"], "who": ["CUSTOMER-1", "CUSTOMER-2"], "day": "2023-06-01", "cents": 100}
)
SHAPE = ("--source", "shape")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a vault and a ledger of two customers."""
    folder = tmp_path_factory.mktemp("looked_up")
    made = source(folder, "churn", BODY, {"people.csv": PEOPLE, "moves.csv": MOVES})
    integrated(made)
    for name in ("src", "dvc.yaml"):
        (made / name).symlink_to(PROJECT / name)
    return made


def test_several_customers_are_found_by_name_phone_and_number_and_each_look_is_noted(bank):
    before = looks(bank)
    done = kehu(
        *("privacy", "find", "--json", *SHAPE),
        folder=bank,
        given="王 伟\n\n139 0013 9000\nCUSTOMER-1\n",
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [each["line"] for each in found] == [1, 2, 3]
    (first,), (second,), (third,) = (each["pseudonyms"] for each in found)
    assert first == third != second
    assert "record CUSTOMER-1" in found[2]["text"]
    assert len(looks(bank)) == len(before) + 3


def looks(bank: Path) -> list[dict]:
    """All that were noted, as the command tells them."""
    done = kehu("privacy", "accesses", "--json", *SHAPE, folder=bank)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_who_is_not_known_is_told_by_line_and_not_by_name_and_the_others_are_found(bank):
    done = kehu("privacy", "find", *SHAPE, folder=bank, given="Nobody Known\nCUSTOMER-2\n")
    assert done.returncode == 1
    assert done.stdout.splitlines()[1:] == ["record CUSTOMER-2"]
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: line 1: ")
    assert "Nobody" not in line


def test_the_looks_at_one_customer_are_asked_for_by_standard_input(bank):
    kehu("privacy", "find", *SHAPE, folder=bank, given="CUSTOMER-1")
    every = looks(bank)
    done = kehu(
        "privacy", "accesses", "--customer", "--json", *SHAPE, folder=bank, given="CUSTOMER-2\n"
    )
    mine = json.loads(done.stdout)
    assert 0 < len(mine) < len(every)
    assert all(each in every for each in mine)


def test_a_row_is_looked_up_by_a_key_that_no_argument_holds(bank):
    arguments = ("quality", "lineage", "transactions")
    by_key = kehu(*arguments, "--key", "--json", *SHAPE, folder=bank, given="transaction_id=m2\n")
    assert by_key.returncode == 0, by_key.stderr
    (origin,) = json.loads(by_key.stdout)
    assert [line[0] for line in origin["lines"]] == ["moves.csv"]
    by_place = kehu(*arguments, str(origin["row"]), *SHAPE, folder=bank)
    assert by_place.stdout.splitlines()[0].startswith(f"transactions row {origin['row']} (")


def test_on_a_terminal_it_asks_until_an_empty_line(bank):
    terminal, inside = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(START), "privacy", "find", *SHAPE],
        cwd=bank,
        stdin=inside,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.write(terminal, b"CUSTOMER-1\n\n")
    out, err = process.communicate(timeout=120)
    os.close(terminal)
    os.close(inside)
    assert process.returncode == 0, err
    assert "one a line; an empty line ends:" in err
    assert out.splitlines()[1:] == ["record CUSTOMER-1"]


def test_an_erasure_that_nobody_agrees_to_changes_nothing(bank):
    before = sorted((bank / "data").rglob("*"))
    done = kehu("erase", *SHAPE, folder=bank, given="CUSTOMER-1\n")
    assert done.returncode == 1
    assert "rows of the raw files" in done.stderr
    assert "Add --yes where nobody can" in done.stderr
    assert sorted((bank / "data").rglob("*")) == before


def test_without_a_choice_the_simulated_bank_is_searched_and_the_variable_chooses(bank):
    done = kehu("privacy", "find", folder=bank, given="CUSTOMER-1\n", KEHU_SOURCE="")
    assert done.returncode == 1
    assert "data/simulated/vault" in done.stderr
    by_variable = kehu("privacy", "find", folder=bank, given="CUSTOMER-1", KEHU_SOURCE="shape")
    assert by_variable.stdout.splitlines()[1:] == ["record CUSTOMER-1"]
