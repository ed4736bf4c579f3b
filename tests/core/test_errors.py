"""Errors tell what to do, and commands turn them into one line and an exit status."""

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.core.errors import (
    ConfigError,
    FeatureError,
    KehuError,
    LedgerError,
    ModelError,
    RequestError,
    SourceError,
    nearest,
    run_command,
)


def test_a_close_name_is_suggested():
    assert nearest("n_trails", ["seed", "n_trials"]) == "Did you mean 'n_trials'?"


def test_without_a_close_name_all_known_names_are_listed_in_order():
    assert nearest("zzz", ["seed", "folds"]) == "Known: folds, seed."


def test_with_nothing_known_the_phrase_says_none():
    assert nearest("zzz", []) == "Known: none."


@given(st.lists(st.text("abcdefgh", min_size=1), min_size=1, unique=True), st.data())
def test_a_known_name_is_its_own_nearest(names, data):
    name = data.draw(st.sampled_from(names))
    assert nearest(name, names) == f"Did you mean {name!r}?"


@pytest.mark.parametrize(
    "kind", [ConfigError, SourceError, LedgerError, FeatureError, ModelError, RequestError]
)
def test_every_error_a_user_can_cause_is_a_kehu_error(kind):
    assert issubclass(kind, KehuError)


def test_a_request_error_carries_its_field_and_status():
    error = RequestError("customers[0].kind", "'robot'", "person or company")
    assert (error.field, error.status) == ("customers[0].kind", 422)
    assert str(error) == "customers[0].kind: found 'robot'; expected person or company."


def test_a_command_that_fails_prints_one_line_and_exits_with_1(capsys, monkeypatch):
    monkeypatch.delenv("KEHU_DEBUG", raising=False)

    def main():
        raise ConfigError("params.yaml: key 'seed' is missing. Add it.")

    with pytest.raises(SystemExit) as stop:
        run_command(main)
    assert stop.value.code == 1
    assert capsys.readouterr().err == "error: params.yaml: key 'seed' is missing. Add it.\n"


def test_a_command_that_succeeds_exits_with_0():
    with pytest.raises(SystemExit) as stop:
        run_command(lambda: None)
    assert stop.value.code == 0


def test_with_kehu_debug_the_error_keeps_its_traceback(monkeypatch):
    monkeypatch.setenv("KEHU_DEBUG", "1")

    def main():
        raise ModelError("no")

    with pytest.raises(ModelError):
        run_command(main)


def test_a_defect_of_ours_is_not_dressed_up_as_a_user_error():
    def main():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_command(main)


def test_a_full_disk_is_told_in_one_line_with_what_to_do(capsys, monkeypatch):
    monkeypatch.delenv("KEHU_DEBUG", raising=False)

    def main():
        with Path("/dev/full").open("w") as full:
            full.write("anything")

    with pytest.raises(SystemExit) as stop:
        run_command(main)
    assert stop.value.code == 1
    line = capsys.readouterr().err
    assert line.startswith("error: no space left on the disk")
    assert "Make room" in line


def test_a_full_disk_is_found_behind_the_error_that_it_led_to(capsys, monkeypatch):
    monkeypatch.delenv("KEHU_DEBUG", raising=False)

    def main():
        try:
            raise RuntimeError("IO Error: Could not write file: No space left on device")
        except RuntimeError as error:
            raise ConfigError("the table can't be written") from error

    with pytest.raises(SystemExit):
        run_command(main)
    assert "no space left on the disk" in capsys.readouterr().err


def test_the_engines_limit_of_memory_is_told_in_one_line_with_what_to_raise(capsys, monkeypatch):
    monkeypatch.delenv("KEHU_DEBUG", raising=False)

    def main():
        with duckdb.connect(config={"memory_limit": "10MB", "threads": 1}) as connection:
            connection.execute("SELECT list(i) FROM range(50_000_000) AS numbers(i)").fetchall()

    with pytest.raises(SystemExit) as stop:
        run_command(main)
    assert stop.value.code == 1
    line = capsys.readouterr().err
    assert line.startswith("error: not enough memory")
    assert "Raise memory_limit in params.yaml" in line
