"""The key comes from where it is said to, is refused when others can read it, and never shows."""

import os
import stat

import pytest

from src.privacy.key import SecretError, fingerprint, load_key, make_key

KEY = "0123456789abcdef0123456789abcdef"


def key_file(tmp_path, content=KEY, mode=0o600):
    path = tmp_path / "key"
    path.write_text(content, encoding="ascii")
    path.chmod(mode)
    return path


def test_the_variable_goes_before_the_named_file_and_that_before_the_default(tmp_path):
    default = key_file(tmp_path)
    named = tmp_path / "named"
    named.write_text("n" + KEY, encoding="ascii")
    named.chmod(0o600)
    variables = {"KEHU_KEY": "v" + KEY, "KEHU_KEY_FILE": str(named)}
    assert load_key(variables, default) == b"v" + KEY.encode()
    assert load_key({"KEHU_KEY_FILE": str(named)}, default) == b"n" + KEY.encode()
    assert load_key({}, default) == KEY.encode()


def test_blanks_around_a_key_do_not_count(tmp_path):
    assert load_key({}, key_file(tmp_path, f" {KEY}\n")) == load_key({"KEHU_KEY": KEY})


def test_without_a_key_the_error_says_where_it_was_looked_for_and_how_to_make_one(tmp_path):
    with pytest.raises(SecretError) as raised:
        load_key({}, tmp_path / "key")
    for part in ("$KEHU_KEY", "$KEHU_KEY_FILE", str(tmp_path / "key"), "kehu privacy init"):
        assert part in str(raised.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_have_access_to_is_refused_with_the_remedy(tmp_path, mode):
    with pytest.raises(SecretError, match=f"mode {mode:03o}.*expected 600.*chmod 600"):
        load_key({}, key_file(tmp_path, mode=mode))


@pytest.mark.parametrize("content", ["short", "", "a" * 64])
def test_a_key_that_could_be_guessed_is_refused(tmp_path, content):
    with pytest.raises(SecretError, match="expected"):
        load_key({}, key_file(tmp_path, content))


def test_a_named_file_that_is_missing_is_an_error_even_if_the_default_exists(tmp_path):
    with pytest.raises(SecretError, match=r"KEHU_KEY_FILE.*No such file"):
        load_key({"KEHU_KEY_FILE": str(tmp_path / "none")}, key_file(tmp_path))


def test_no_error_holds_the_key(tmp_path):
    secret = "a secret too short to use"
    for variables, mode in (({"KEHU_KEY": secret}, 0o600), ({}, 0o600), ({}, 0o644)):
        with pytest.raises(SecretError) as raised:
            load_key(variables, key_file(tmp_path, secret, mode))
        assert secret not in str(raised.value)
        assert secret not in repr(raised.value.__cause__)


def test_a_new_key_is_random_and_readable_by_its_owner_alone_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        for name in ("a", "b"):
            make_key(tmp_path / name / "key")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a" / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    keys = {load_key({}, tmp_path / name / "key") for name in ("a", "b")}
    assert len(keys) == 2
    assert {len(key) for key in keys} == {64}


def test_a_key_that_exists_is_never_overwritten(tmp_path):
    path = key_file(tmp_path)
    with pytest.raises(SecretError, match="there is a key already"):
        make_key(path)
    assert path.read_text(encoding="ascii") == KEY


def test_a_fingerprint_tells_keys_apart_and_holds_nothing_of_them():
    prints = {fingerprint(f"{KEY}{i}".encode()) for i in range(100)}
    assert len(prints) == 100
    assert all(len(one) == 16 for one in prints)


@pytest.mark.parametrize("name", [".gitignore", ".dvcignore"])
def test_keys_are_ignored_by_git_and_dvc(name):
    with open(name, encoding="utf-8") as stream:  # noqa: PTH123
        assert ".kehu/" in stream.read().splitlines()
