"""Databases are extracted exactly, in batches, read only; what goes wrong is said without secrets.
On real servers: SQLite, and PostgreSQL where its programs are installed."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import psycopg
import pyarrow.parquet as pq
import pytest

from src.core.errors import SourceError
from src.sources.extracts.database import extract
from src.sources.mapping.raw_files import RawFile
from tests.support.sources.one_file import mapping_of, reading

COLUMNS = {
    "id": "string",
    "day": {"type": "date", "format": "%Y%m%d"},
    "moment": "time",
    "amount": "decimal",
    "rate": "number",
    "n": "integer",
}
PASSWORD = "geheim?@/:x"
ROWS = [
    ("A", "20200131", "2020-01-31 10:00:00", "0.10", 0.5, 1),
    ("B", "20200201", "2020-02-01 10:00:00", "12345678901234.567891", 1e300, None),
    ("C", None, None, None, None, 3),
]


def declared(**keys) -> RawFile:
    content = {"path": "f.parquet", "format": "sql", "columns": COLUMNS, **keys}
    return RawFile.model_validate(content)


def taken(file: RawFile, folder: Path, batch_rows: int = 2, **environment: str) -> list[dict]:
    target = folder / file.path
    rows = extract(file, "files.f in tiny.yaml", target, environment, batch_rows)
    table = pq.read_table(target)
    assert rows == len(table)
    return table.to_pylist()


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    path = tmp_path / "bank.db"
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE TABLE moves (id TEXT PRIMARY KEY, day TEXT, moment TEXT, amount TEXT, rate REAL, "
        "n INTEGER, phone TEXT)"
    )
    connection.executemany("INSERT INTO moves VALUES (?, ?, ?, ?, ?, ?, '138')", ROWS)
    connection.commit()
    connection.close()
    return f"sqlite:///{path}"


def test_a_table_of_sqlite_is_read_like_a_file(sqlite, tmp_path):
    file = declared(url=sqlite, table="moves", ignored=["phone"])
    taken(file, tmp_path)
    assert "phone" not in pq.read_schema(tmp_path / "f.parquet").names
    with reading(tmp_path) as files:
        content = file.model_dump(exclude_defaults=True) | {"columns": COLUMNS}
        (account,) = files.read({"f": content})
        assert account.rows == 3
        found = files.rows("SELECT _line, id, day, moment, amount, n FROM f ORDER BY _row")
    assert found[1] == (
        2,
        "B",
        datetime(2020, 2, 1),
        datetime(2020, 2, 1, 10),
        Decimal("12345678901234.567891"),
        None,
    )


def test_a_query_gives_its_own_rows_and_a_colon_in_it_is_no_parameter(sqlite, tmp_path):
    query = "SELECT id, ':x' AS n FROM moves WHERE id > 'A' ORDER BY id DESC"
    file = declared(url=sqlite, query=query, columns={"id": "string", "n": "string"})
    assert taken(file, tmp_path) == [{"id": "C", "n": ":x"}, {"id": "B", "n": ":x"}]


def test_floats_of_the_database_become_the_decimals_that_they_are_written_as(sqlite, tmp_path):
    file = declared(url=sqlite, query="SELECT 0.1 AS x", columns={"x": "decimal"})
    assert taken(file, tmp_path) == [{"x": Decimal("0.100000")}]


def test_an_empty_result_keeps_the_declared_types(sqlite, tmp_path):
    file = declared(url=sqlite, table="moves", ignored=["phone"])
    connection = sqlite3.connect(sqlite.removeprefix("sqlite:///"))
    connection.execute("DELETE FROM moves")
    connection.commit()
    connection.close()
    assert taken(file, tmp_path) == []
    assert str(pq.read_schema(tmp_path / "f.parquet").field("amount").type) == "decimal128(26, 6)"


WRONG = {
    "a missing variable": (
        {"url": "postgresql://me:${BANK_PASSWORD_X}@localhost/x", "table": "moves"},
        ["environment variable BANK_PASSWORD_X", "Set it"],
    ),
    "no URL": ({"url": "bank", "table": "moves"}, ["'url' is no database URL"]),
    "an unknown kind of database": (
        {"url": "cobol://host/x", "table": "moves"},
        ["no driver for 'cobol'"],
    ),
    "a missing file": (
        {"url": "sqlite:////nowhere/bank.db", "table": "moves"},
        ["/nowhere/bank.db: no such file"],
    ),
    "a server out of reach": (
        {"url": "postgresql://me:${SECRET}@127.0.0.1:1/x", "table": "moves"},
        ["is out of reach", "postgresql", "check host, port"],
    ),
    "an unknown table": ({"table": "movez"}, ["no table 'movez'", "Did you mean 'moves'?"]),
    "a wrong query": ({"query": "SELEC 1"}, ["can't be queried", "syntax error", "Correct query"]),
    "a missing column": (
        {"query": "SELECT 1 AS idd"},
        ["gives no column 'id'", "Did you mean 'idd'?"],
    ),
    "a column not declared": ({"table": "moves"}, ["a column 'phone' that is not declared"]),
    "a value of another type": (
        {"query": "SELECT 'x' AS id, 0.5 AS n", "columns": {"id": "string", "n": "integer"}},
        ["row 1 of the extract", "'n' has 0.5", "a whole number"],
    ),
    "too many decimals": (
        {"query": "SELECT 0.1234567 AS x", "columns": {"x": "decimal"}},
        ["row 1 of the extract", "'x' has 0.1234567", "6 decimals"],
    ),
    "text after numbers": (
        {
            "query": "SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 'many'",
            "columns": {"n": "integer"},
        },
        ["row 3 of the extract", "'n' has 'many'"],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_goes_wrong_is_one_message_with_the_remedy_and_no_secret(sqlite, tmp_path, name):
    keys, expected = WRONG[name]
    file = declared(**({"url": sqlite} | keys))
    with pytest.raises(SourceError) as caught:
        taken(file, tmp_path, SECRET=PASSWORD)
    message = str(caught.value)
    assert all(part in message for part in expected), message
    assert PASSWORD not in message
    assert "\n" not in message
    assert not (tmp_path / "f.parquet").exists()


@pytest.fixture(scope="module")
def postgres():
    """A PostgreSQL server of its own on a socket in a temporary folder; its URL."""
    if not all(shutil.which(program) for program in ("initdb", "pg_ctl")):
        pytest.skip("no PostgreSQL server: initdb and pg_ctl are not on the path")
    folder = Path(tempfile.mkdtemp(prefix="kehu-pg-", dir="/tmp"))
    as_user = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "nobody")

    def run(*command: str) -> None:
        done = subprocess.run(
            [*as_user, *command], cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"PostgreSQL does not start: {(done.stdout + done.stderr)[-200:]}")

    run("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "reader", "--no-sync", "-E", "UTF8")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off -c timezone=Asia/Shanghai"
    run("pg_ctl", "-D", f"{folder}/data", "-o", options, "-l", f"{folder}/log", "-w", "start")
    try:
        with psycopg.connect(f"host={folder} user=reader dbname=postgres") as connection:
            connection.execute("CREATE SCHEMA core")
            connection.execute(
                "CREATE TABLE core.moves (id uuid PRIMARY KEY, day date, moment timestamptz, "
                "amount numeric(20, 6), rate float8, n int, note text)"
            )
            connection.execute(
                "INSERT INTO core.moves SELECT gen_random_uuid(), '2020-01-31', "
                "'2020-01-31 08:00:00+08', i + 0.01, 0.5, i, '张' FROM generate_series(1, 700) i"
            )
            connection.execute("CREATE TABLE core.people (n int, note text)")
            connection.execute(
                "INSERT INTO core.people VALUES (138001, '王小明 13800138000'), (2, 'O''Brien')"
            )
            connection.execute(
                "CREATE FUNCTION core.complain(note text) RETURNS text LANGUAGE plpgsql AS "
                "$$BEGIN RAISE EXCEPTION 'bad customer %', note; END$$"
            )
        yield f"postgresql://reader:${{PG_PASSWORD}}@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def test_a_table_of_postgresql_comes_in_batches_with_exact_types(postgres, tmp_path):
    file = declared(url=postgres, table="core.moves", columns=COLUMNS | {"note": "string"})
    rows = taken(file, tmp_path, batch_rows=100, PG_PASSWORD=PASSWORD)
    assert sum(row["amount"] for row in rows) == Decimal("245357.000000")
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    first = rows[0] | {"id": "", "amount": 0, "n": 0}
    assert first["note"] == "张"
    assert (first["day"], first["moment"]) == (datetime(2020, 1, 31), datetime(2020, 1, 31))


def test_nothing_can_be_changed_in_postgresql(postgres, tmp_path):
    query = "DELETE FROM core.moves RETURNING id"
    file = declared(url=postgres, query=query, columns={"id": "string"})
    with pytest.raises(SourceError, match="can't be queried"):
        taken(file, tmp_path, PG_PASSWORD=PASSWORD)
    query = "SELECT CAST(set_config('x.y', 'z', false) AS text) AS id FROM core.moves FOR UPDATE"
    file = declared(url=postgres, query=query, columns={"id": "string"})
    with pytest.raises(SourceError, match="read-only transaction"):
        taken(file, tmp_path, PG_PASSWORD=PASSWORD)


QUOTING = {
    "a value that is no number": ("CAST(note AS int)", "22P02"),
    "a value that is no date": ("CAST(note AS date)", "22007"),
    "a message that a function makes": ("core.complain(note)", "P0001"),
    "a value that is no JSON": ("CAST(note AS json)", "22P02"),
    "an unquoted value": ("CAST(n AS text)::bit(3)", "22"),
}


@pytest.mark.parametrize("name", QUOTING)
def test_what_postgresql_says_of_a_row_is_not_printed(postgres, tmp_path, name):
    sql, state = QUOTING[name]
    query = f"SELECT {sql} AS id FROM core.people ORDER BY n"
    file = declared(url=postgres, query=query, columns={"id": "string"})
    for batch_rows in (1, 50_000):
        with pytest.raises(SourceError) as caught:
            taken(file, tmp_path, batch_rows, PG_PASSWORD=PASSWORD)
        message = str(caught.value)
        assert f"SQLSTATE {state}" in message and "run the query by hand" in message
        assert not any(part in message for part in ("王小明", "O'Brien", "Brien", "13800138000"))


def test_what_postgresql_says_of_the_query_is_printed(postgres, tmp_path):
    file = declared(url=postgres, query="SELECT nope FROM core.moves", columns={"id": "string"})
    with pytest.raises(SourceError, match='column "nope" does not exist'):
        taken(file, tmp_path, PG_PASSWORD=PASSWORD)


def test_what_sqlite_says_of_a_row_is_not_printed(tmp_path):
    path = tmp_path / "bank.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE people (id TEXT)")
        # no UTF-8: the driver quotes the text
        connection.execute("INSERT INTO people SELECT CAST(x'4F27427269656EFFFE' AS TEXT)")
    file = declared(url=f"sqlite:///{path}", table="people", columns={"id": "string"})
    with pytest.raises(SourceError) as caught:
        taken(file, tmp_path)
    assert "Brien" not in str(caught.value)
    assert "sqlite3.OperationalError; its text may quote a row" in str(caught.value)


def test_a_password_in_the_mapping_is_refused():
    for url in ("postgresql://me:geheim@host/x", "mysql://host/x?user=me&password=geheim"):
        with pytest.raises(ValueError, match=r"holds a password.*environment variable"):
            declared(url=url, table="moves")
    mapping_of(
        {
            "f": {"path": "f.parquet", "format": "sql", "url": "${URL}", "table": "t"}
            | {"columns": COLUMNS}
        }
    )
