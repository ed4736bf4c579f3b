"""The Java that Spark runs on: found where the environment says or where it usually is."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from src.core.errors import ConfigError

OLDEST = 17
USUAL_FOLDERS = (
    "/usr/lib/jvm",
    "/usr/java",
    "/opt/java",
    "/opt",
    "/opt/homebrew/opt",
    "/usr/local/opt",
    "/Library/Java/JavaVirtualMachines",
)
_VERSION = re.compile(r'version "(?:1\.)?(\d+)')


def find_java(
    environ: Mapping[str, str] = os.environ, folders: tuple[str, ...] = USUAL_FOLDERS
) -> Path:
    """The home folder of a Java that Spark runs on: $JAVA_HOME's, the PATH's, else the oldest that
    is new enough in the usual folders.

    Raises ConfigError that tells which Javas were found where there is none of OLDEST or newer.
    """
    looked = []
    for where, home in _candidates(environ, folders):
        version = java_version(home)
        if version is not None and version >= OLDEST:
            return home
        if version is not None or where == "JAVA_HOME":
            looked.append(f"{where} {home} is {f'Java {version}' if version else 'no Java'}")
    raise ConfigError(
        f"engine.name: spark needs Java {OLDEST} or newer; "
        f"found {'; '.join(looked) or 'none by JAVA_HOME, on PATH or in the usual folders'}. "
        f"Install it (Debian, Ubuntu: apt-get install openjdk-{OLDEST}-jre-headless) or point "
        "JAVA_HOME to its folder; or set engine.name: duckdb in params.yaml."
    )


def java_version(home: Path) -> int | None:
    """The major version of the Java in a folder, such as 17; None if it holds none that starts."""
    try:
        told = subprocess.run(
            [home / "bin" / "java", "-version"], capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(told.stderr)
    return int(found[1]) if told.returncode == 0 and found else None


def _candidates(environ: Mapping[str, str], folders: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Where a Java may be: by whose word, and its home folder."""
    if told := environ.get("JAVA_HOME"):
        yield "JAVA_HOME", Path(told)
    if on_path := shutil.which("java", path=environ.get("PATH", "")):
        yield "PATH", Path(on_path).resolve().parents[1]
    homes = {
        java.resolve().parents[1]
        for folder in folders
        for pattern in ("*/bin/java", "*/Contents/Home/bin/java")
        for java in Path(folder).glob(pattern)
    }
    versions = {home: java_version(home) for home in sorted(homes)}
    for found in sorted(homes, key=lambda found: versions[found] or 0):
        yield "folder", found
