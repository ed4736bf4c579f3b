"""Write aside, then rename: an output is the old one or the new one, never half of either."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from src.core.errors import KehuError


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it becomes `path` only if the block succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    aside = Path(name)
    try:
        yield aside
        aside.chmod(0o644)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside `path`; it takes the place of `path` only on success."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent))
    try:
        yield aside
        aside.chmod(0o755)
        _swap(aside, path)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _swap(aside: Path, path: Path) -> None:
    """Put `aside` in the place of `path`; the old folder goes last, and comes back on failure."""
    retired = aside.with_name(f"{aside.name}.old.part")
    if path.exists():
        path.replace(retired)
    try:
        aside.replace(path)
    except OSError:
        if retired.exists():
            retired.replace(path)
        raise
    shutil.rmtree(retired, ignore_errors=True)


def write_json(path: Path, content: Any) -> None:
    """Write `content` as indented UTF-8 JSON with sorted keys, aside and then renamed."""
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    with replacing_file(path) as aside:
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


def read_parquet(path: Path) -> pd.DataFrame:
    """A Parquet file as a frame. Raises KehuError if it is missing or damaged."""
    if not path.is_file():
        raise KehuError(f"{path}: no such file. Run `dvc repro` to make the pipeline's outputs.")
    try:
        frame: pd.DataFrame = pq.read_table(path).to_pandas()
        return frame
    except pa.ArrowException as error:
        raise KehuError(f"{path}: not readable as Parquet: {error}. Run `dvc repro`.") from error


def digest(path: Path, algorithm: str = "sha256") -> str:
    """Hex digest of a file's bytes; "md5" gives the number that DVC writes into dvc.lock."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()
