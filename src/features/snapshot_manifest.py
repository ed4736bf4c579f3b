"""What the features of each snapshot were made of, on disk, and which of them still stand."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from src.core.errors import KehuError
from src.core.files import code_digest, digest, read_json, write_json

MANIFEST = "snapshots.json"
_LIBRARIES = ("duckdb", "ibis-framework", "numpy", "pandas", "pyarrow")


@dataclass(frozen=True)
class Origin:
    """What the features of one snapshot follow from.

    spec: digest of the definitions. made_by: of the code and its libraries. asked: for whom
    (src/features/snapshot_customers.py). known: of the ledger before the snapshot, table by table
    (src/features/known.py).
    """

    spec: str
    made_by: str
    asked: str
    known: Mapping[str, str]

    def difference(self, now: "Origin") -> str:
        """Why features of this origin are not those of `now`; empty if they are."""
        if self.spec != now.spec:
            return "the catalogue has changed"
        if self.made_by != now.made_by:
            return "the code or its libraries have changed"
        if self.asked != now.asked:
            return "other customers are asked for"
        changed = [name for name, known in now.known.items() if self.known.get(name) != known]
        return f"what was known of {', '.join(changed)} has changed" if changed else ""


@dataclass(frozen=True)
class SnapshotFile:
    """The file of a snapshot, by its place in the folder, the digest of its bytes, its origin."""

    file: str
    sha256: str
    origin: Origin


def engine_digest(code: Iterable[Path]) -> str:
    """One digest of the code in these folders and of the libraries that compute features."""
    libraries = " ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return sha256(f"{code_digest(code)} {libraries}".encode()).hexdigest()


def write_manifest(folder: Path, files: Mapping[datetime, SnapshotFile]) -> None:
    """Write what each snapshot's file was made of."""
    write_json(folder / MANIFEST, {at.isoformat(): asdict(file) for at, file in files.items()})


def standing_files(
    folder: Path, origins: Mapping[datetime, Origin]
) -> tuple[dict[datetime, Path], dict[datetime, str]]:
    """The files in `folder` that are of these origins, whole to the byte; of each other snapshot
    why there is none. A file can be made anew from the ledger alone: a missing or damaged one, or
    such a manifest, is no error.
    """
    try:
        listed = _read_manifest(folder)
    except (KehuError, AttributeError, KeyError, TypeError, ValueError) as error:
        return {}, dict.fromkeys(origins, f"{folder / MANIFEST} can't be read: {error}")
    standing, why = {}, {}
    for at, origin in origins.items():
        reason = _why_not(folder, listed.get(at), origin)
        if reason:
            why[at] = reason
        else:
            standing[at] = folder / listed[at].file
    return standing, why


def _read_manifest(folder: Path) -> dict[datetime, SnapshotFile]:
    if not (folder / MANIFEST).is_file():
        return {}
    return {
        datetime.fromisoformat(at): SnapshotFile(
            entry["file"], entry["sha256"], Origin(**entry["origin"])
        )
        for at, entry in read_json(folder / MANIFEST).items()
    }


def _why_not(folder: Path, found: SnapshotFile | None, origin: Origin) -> str:
    if found is None:
        return "new"
    if reason := found.origin.difference(origin):
        return reason
    path = folder / found.file
    if not path.is_file():
        return f"{path} is missing"
    return "" if digest(path) == found.sha256 else f"{path} is damaged"
