"""Who looked whom up is noted, and the note tells nobody whom."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from src.core.errors import KehuError
from src.privacy.accesses import accesses, note_access
from tests.support.privacy.two_system_bank import KEY, customer_id

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=timezone(timedelta(hours=8)))
ONE, OTHER = customer_id("crm:C1"), customer_id("crm:C2")


def test_a_look_is_found_by_each_customer_that_it_showed(tmp_path):
    file = tmp_path / ".kehu/accesses.jsonl"
    assert accesses(KEY, file=file) == []
    note_access(KEY, "find", [ONE], NOW, file)
    note_access(KEY, "find", [], NOW, file)
    note_access(KEY, "erase", [ONE, OTHER], NOW, file)
    assert [len(access.customers) for access in accesses(KEY, file=file)] == [1, 0, 2]
    assert [access.command for access in accesses(KEY, ONE, file)] == ["find", "erase"]
    assert [access.command for access in accesses(KEY, OTHER, file)] == ["erase"]
    assert accesses(b"x" + KEY, ONE, file) == []
    first = str(accesses(KEY, file=file)[0])
    assert first.startswith("2026-11-22T00:30:00+00:00  ")
    assert first.endswith("  find  1 found")
    assert NOW.astimezone(UTC).isoformat() == accesses(KEY, file=file)[0].at


def test_who_looks_behind_sudo_is_the_caller(tmp_path, monkeypatch):
    file = tmp_path / "accesses.jsonl"
    monkeypatch.setenv("SUDO_USER", "anna")
    monkeypatch.setenv("LOGNAME", "somebody else")
    note_access(KEY, "find", [ONE], NOW, file)
    (access,) = accesses(KEY, file=file)
    assert access.user.startswith("anna as ")
    assert "somebody" not in access.user


def test_the_log_names_nobody_and_only_its_owner_can_read_it(tmp_path):
    file = tmp_path / ".kehu/accesses.jsonl"
    note_access(KEY, "find", [ONE], NOW, file)
    assert ONE not in file.read_text("utf-8")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_what_can_not_be_noted_is_an_error(tmp_path):
    (tmp_path / "accesses.jsonl").mkdir()
    with pytest.raises(KehuError, match=r"accesses\.jsonl.*nothing is shown"):
        note_access(KEY, "find", [ONE], NOW, tmp_path / "accesses.jsonl")


def test_a_line_that_somebody_changed_is_named(tmp_path):
    file = tmp_path / "accesses.jsonl"
    note_access(KEY, "find", [ONE], NOW, file)
    file.write_text(file.read_text("utf-8") + "{}\n", encoding="utf-8")
    with pytest.raises(KehuError, match=r"accesses\.jsonl:2: no line of the log"):
        accesses(KEY, file=file)
