"""The vault: complete, in order, and closed to others from its first byte on."""

import os
import stat

import duckdb
import pyarrow.parquet as pq
import pytest

from src.core.errors import KehuError
from src.privacy.vault import TABLES, open_vault, write_vault
from tests.support.privacy.two_system_bank import customer_id, write_bank_vault


def test_others_can_enter_neither_the_folder_nor_a_file_at_any_instant(tmp_path):
    seen = []

    def look():
        seen.extend(modes(tmp_path))
        return 0

    with duckdb.connect() as connection:
        # called while the query is read, that is, while the table is being written
        connection.create_function("look", look, [], "INTEGER", side_effects=True)
        connection.execute("CREATE TABLE t AS SELECT 'a' AS account, 'A1' AS account_id")
        before = os.umask(0)
        try:
            write_vault(
                tmp_path / "vault",
                connection,
                {"accounts": "SELECT * FROM t WHERE look() = 0"},
            )
        finally:
            os.umask(before)
    assert seen
    for mode in [*seen, *modes(tmp_path)]:
        assert mode & 0o077 == 0
    assert stat.S_IMODE((tmp_path / "vault").stat().st_mode) == 0o700


def modes(folder):
    return [stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")]


def test_tables_have_their_columns_in_order_and_those_without_a_query_are_empty(tmp_path):
    with duckdb.connect() as connection:
        write_vault(
            tmp_path / "vault",
            connection,
            {
                "accounts": "SELECT 'A' || i AS account_id, (9 - i)::VARCHAR AS account "
                "FROM range(9) r(i)"
            },
        )
    for name, schema in TABLES.items():
        table = pq.read_table(tmp_path / "vault" / f"{name}.parquet")
        assert table.schema.equals(schema)
        assert table.num_rows == (9 if name == "accounts" else 0)
    numbers = open_vault(tmp_path / "vault").table("accounts")["account"].to_pylist()
    assert numbers == sorted(numbers)


def test_the_same_rows_in_another_order_give_the_same_bytes(tmp_path):
    def written(name, order):
        with duckdb.connect() as connection:
            write_vault(
                tmp_path / name,
                connection,
                {
                    "accounts": "SELECT i::VARCHAR AS account, 'A' AS account_id "
                    f"FROM range(99) r(i) ORDER BY i {order}"
                },
            )
        return (tmp_path / name / "accounts.parquet").read_bytes()

    assert written("a", "ASC") == written("b", "DESC")


def test_a_query_that_fails_leaves_the_old_vault(tmp_path):
    folder = write_bank_vault(tmp_path / "vault")
    with duckdb.connect() as connection, pytest.raises(duckdb.Error):
        write_vault(folder, connection, {"accounts": "SELECT 1 AS account"})
    assert open_vault(folder).table("accounts").num_rows == 3
    assert [path.name for path in tmp_path.iterdir()] == ["vault"]


def test_an_unknown_table_and_a_missing_vault_are_refused(tmp_path):
    with duckdb.connect() as connection, pytest.raises(KehuError, match="'people' is no table"):
        write_vault(tmp_path / "vault", connection, {"people": "SELECT 1"})
    with pytest.raises(KehuError, match="no table identities"):
        open_vault(tmp_path / "vault")


def test_a_vault_that_others_can_enter_is_not_read(tmp_path):
    folder = write_bank_vault(tmp_path / "vault")
    folder.chmod(0o750)
    with pytest.raises(KehuError, match=r"mode 750.*chmod"):
        open_vault(folder)


def test_rows_are_selected_by_any_column(tmp_path):
    vault = open_vault(write_bank_vault(tmp_path / "vault"))
    found = vault.rows("cross_reference", "customer_id", [customer_id("crm:C1")])
    assert found["record"].to_pylist() == ["contact:T1", "crm:C1"]
    assert vault.rows("cross_reference", "record", []).num_rows == 0
