"""Write aside, then rename: an output is the old one or the new one, never half of either."""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from src.core.errors import KehuError

_PART = ".part"
_RETIRED = f".old{_PART}"


@contextmanager
def replacing_file(path: Path, mode: int = 0o644) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it becomes `path` only if the block succeeds.

    What an earlier process left aside when it was killed is removed first.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear_leftovers(path)
    handle, name = tempfile.mkstemp(prefix=_prefix(path), suffix=_PART, dir=path.parent)
    os.close(handle)
    aside = Path(name)
    try:
        yield aside
        aside.chmod(mode)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path, mode: int = 0o755) -> Iterator[Path]:
    """Yield an empty folder beside `path`; it takes the place of `path` only on success. Until
    then only its owner can enter it.

    What an earlier process left aside when it was killed is removed first; the old folder comes
    back if that process was killed between taking it away and putting the new one in its place.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear_leftovers(path)
    aside = Path(tempfile.mkdtemp(prefix=_prefix(path), suffix=_PART, dir=path.parent))
    try:
        yield aside
        aside.chmod(mode)
        _swap(aside, path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _prefix(path: Path) -> str:
    """What is written aside carries the number of the process that writes it."""
    return f".{path.name}.{os.getpid()}."


def _clear_leftovers(path: Path) -> None:
    """Remove what processes that live no more left beside `path`, once the old one is back."""
    start = f".{path.name}."
    left = [p for p in path.parent.iterdir() if p.name.startswith(start) and p.suffix == _PART]
    dead = sorted(p for p in left if not is_alive(p.name.removeprefix(start).split(".")[0]))
    for aside in dead:
        if aside.name.endswith(_RETIRED) and not path.exists():
            aside.replace(path)
        elif aside.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
        else:
            aside.unlink(missing_ok=True)


def is_alive(process: str) -> bool:
    """Whether the process of that number runs. What carries no number is nobody's."""
    if not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _swap(aside: Path, path: Path) -> None:
    """Put `aside` in the place of `path`; the old folder goes last, and comes back on failure."""
    retired = aside.with_name(f"{aside.name}{_RETIRED}")
    if path.exists():
        path.replace(retired)
    try:
        aside.replace(path)
    except OSError:
        if retired.exists():
            retired.replace(path)
        raise
    shutil.rmtree(retired, ignore_errors=True)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`: one process at a time runs the block, others are refused.

    Raises KehuError if another process holds it. The lock ends with the process, however it ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise KehuError(
                f"{path}: another command is deciding what is served; expected none. Wait until "
                "it has ended, then run this one again."
            ) from None
        yield


def link_or_copy(file: Path, path: Path) -> None:
    """The same file under another name; a copy where the file system links none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, path)
    except OSError:
        shutil.copy2(file, path)


def write_json(path: Path, content: Any, mode: int = 0o644) -> None:
    """Write `content` as indented UTF-8 JSON with sorted keys, aside and then renamed."""
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    with replacing_file(path, mode) as aside:
        aside.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """The content of a JSON file. Raises KehuError if it is missing or damaged."""
    if not path.is_file():
        raise KehuError(f"{path}: no such file. Run `dvc repro` to make the pipeline's outputs.")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise KehuError(f"{path}: not readable as JSON: {error}. Run `dvc repro`.") from error


def write_parquet(path: Path, table: pa.Table | pd.DataFrame) -> None:
    """Write a table as Parquet (zstd, microseconds), aside and then renamed."""
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    with replacing_file(path) as aside:
        pq.write_table(
            table.replace_schema_metadata(None),
            aside,
            compression="zstd",
            coerce_timestamps="us",
            row_group_size=128_000,
        )


def read_parquet(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """A Parquet file as a frame, or a folder of them in the order of their paths, without what the
    folders' names tell; `columns` of it, else all. Raises KehuError if it is missing or damaged."""
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path] * path.is_file()
    if not files:
        raise KehuError(f"{path}: no such file. Run `dvc repro` to make the pipeline's outputs.")
    try:
        frame: pd.DataFrame = pq.read_table(files, columns=columns, partitioning=None).to_pandas()
        return frame
    except pa.ArrowException as error:
        raise KehuError(f"{path}: not readable as Parquet: {error}. Run `dvc repro`.") from error


def digest(path: Path, algorithm: str = "sha256") -> str:
    """Hex digest of a file's bytes; "md5" gives the number that DVC writes into dvc.lock. Of a
    folder that of its files' names and digests."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file())
        lines = [f"{digest(file, algorithm)} {file.relative_to(path)}\n" for file in files]
        return hashlib.new(algorithm, "".join(lines).encode()).hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def code_digest(paths: Iterable[Path], root: Path = Path()) -> str:
    """One digest of the contents of files, and of all Python files in folders, with their paths
    as given: relative to `root`, they make one digest wherever the project stands.
    """
    whole = hashlib.sha256()
    for path in paths:
        place = root / path
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place] * place.is_file()
        for file in files:
            name = (path / file.relative_to(place)).as_posix()
            whole.update(f"{name} {digest(file)}\n".encode())
    return whole.hexdigest()
