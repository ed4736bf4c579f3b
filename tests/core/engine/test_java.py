import os
import subprocess
import sys
from pathlib import Path

import pytest

from src.core.engine.java import find_java, java_version
from src.core.errors import ConfigError

ASK = """
from src.core.engine import EngineParams, connect_engine
from src.core.errors import run_command
from src.core.engine import java
java.find_java.__defaults__ = (java.find_java.__defaults__[0], ())
run_command(lambda: connect_engine(EngineParams(name="spark")))
"""


def java(folder: Path, version: str) -> Path:
    """A folder with a java that tells this version, as the real ones do."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    program.chmod(0o755)
    return folder


def test_a_process_without_java_is_told_so_and_what_to_do():
    pytest.importorskip("pyspark")
    without = {k: v for k, v in os.environ.items() if k != "JAVA_HOME"}
    asked = subprocess.run(
        [sys.executable, "-c", ASK],
        env={**without, "PATH": str(Path(sys.executable).parent)},
        capture_output=True,
        text=True,
    )
    assert asked.returncode == 1
    assert asked.stderr.strip() == (
        "error: engine.name: spark needs Java 17 or newer; found none by JAVA_HOME, on PATH or in "
        "the usual folders. Install it (Debian, Ubuntu: apt-get install openjdk-17-jre-headless) "
        "or point JAVA_HOME to its folder; or set engine.name: duckdb in params.yaml."
    )


def test_java_home_goes_before_the_path_and_the_path_before_the_usual_folders(tmp_path):
    home, path = java(tmp_path / "home", "17.0.15"), java(tmp_path / "path", "21.0.8")
    usual = java(tmp_path / "jvm" / "java-25", "25.0.2")
    environ = {"JAVA_HOME": str(home), "PATH": str(path / "bin")}
    folders = (str(usual.parent),)
    assert find_java(environ, folders) == home
    assert find_java({"PATH": str(path / "bin")}, folders) == path
    assert find_java({"PATH": ""}, folders) == usual


def test_a_java_that_is_too_old_is_passed_over_for_a_newer_one(tmp_path):
    old, new = java(tmp_path / "old", "1.8.0_402"), java(tmp_path / "jvm" / "new", "17.0.9")
    assert find_java({"JAVA_HOME": str(old), "PATH": ""}, (str(new.parent),)) == new


def test_the_javas_that_do_not_do_are_named(tmp_path):
    old, gone = java(tmp_path / "old", "11.0.2"), tmp_path / "gone"
    with pytest.raises(ConfigError, match=f"JAVA_HOME {gone} is no Java; PATH {old} is Java 11"):
        find_java({"JAVA_HOME": str(gone), "PATH": str(old / "bin")}, ())


def test_versions_are_read_in_both_their_styles(tmp_path):
    assert java_version(java(tmp_path / "a", "1.8.0_402")) == 8
    assert java_version(java(tmp_path / "b", "25")) == 25
    assert java_version(tmp_path / "nowhere") is None
