from datetime import datetime, timedelta

import duckdb
import pytest

from src.sources.linkage.model import load_linkage
from src.sources.linkage.resolve import resolve
from tests.support.linkage.loading import SPLIT, load_population
from tests.support.linkage.population import SCHEMA


@pytest.fixture
def connection():
    opened = duckdb.connect(config={"threads": 2})
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def model():
    return load_linkage()


@pytest.fixture(scope="session")
def people(model):
    """A session with identity_versions and truth of 900 made-up persons, resolved."""
    opened = duckdb.connect(config={"threads": 2})
    load_population(opened, 900, 5)
    resolve(opened, model)
    yield opened
    opened.close()


START = datetime(2024, 1, 1)
COLUMNS = [name for name in SCHEMA.names if name != "person"]


def tell(connection, *rows):
    """Make identity_versions and identity_accounts of a few records, each told by the fields that
    it has. A row of an account alone makes no version."""
    columns = ", ".join(
        f"{name} {'TIMESTAMP' if name in ('known_at', 'birth_date') else 'VARCHAR'}"
        for name in COLUMNS
    )
    connection.execute(f"CREATE OR REPLACE TABLE told ({columns})")
    marks = ", ".join("?" for _ in COLUMNS)
    for number, row in enumerate(rows):
        full = {"known_at": START + timedelta(days=number), "kind": "person"} | row
        full["system"] = full["record"].split(":")[0]
        values = [full.get(name) for name in COLUMNS]
        connection.execute(f"INSERT INTO told VALUES ({marks})", values)
    connection.execute(SPLIT.format(told="told", of="name IS NOT NULL OR account IS NULL"))


def customers(connection):
    """The customer of each record as it stands in the end."""
    return dict(
        connection.execute(
            "SELECT record, customer FROM identity_history WHERE known_until IS NULL"
        ).fetchall()
    )


def copied(people, threads=2, query="FROM {table}"):
    """A session of its own with what a query takes of identity_versions and identity_accounts."""
    opened = duckdb.connect(config={"threads": threads})
    for table in ("identity_versions", "identity_accounts"):
        opened.register("told", people.sql(query.format(table=table)).to_arrow_table())
        opened.execute(f"CREATE TABLE {table} AS FROM told")
        opened.unregister("told")
    return opened


def resolved(connection, model, *rows):
    """The customer of each of a few records, resolved."""
    tell(connection, *rows)
    resolve(connection, model)
    return customers(connection)
