"""An erasure that was begun: kept until nothing is found any more, so that a kill loses nothing.

The file names the customers, so only its owner can read it.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from src.core.files import read_json, write_json
from src.pipeline.operations.learned import Learned
from src.privacy.erasure import Erasure

FILE = Path(".kehu/erasing.json")
_OWNER_ONLY = 0o600


@dataclass(frozen=True)
class UnderWay:
    """asked: the customers as they were given. begun: UTC, ISO 8601. raw, ledger: rows of theirs by
    file and by table. release: the digest of what was served; empty if nothing was. models: those
    that learned from them."""

    erasure: Erasure
    asked: tuple[str, ...]
    begun: str
    raw: Mapping[str, int]
    ledger: Mapping[str, int]
    release: str
    models: tuple[Learned, ...]

    def is_of(self, names: Collection[str]) -> bool:
        """Whether these are some of its customers; nobody is."""
        known = {*self.asked, *self.erasure.pseudonyms, *self.erasure.references}
        return known.issuperset(names)


def save_under_way(begun: UnderWay, path: Path = FILE) -> None:
    """Write it so that only its owner can read it, at no instant anybody else."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_json(path, asdict(begun), _OWNER_ONLY)


def load_under_way(path: Path = FILE) -> UnderWay | None:
    """The erasure that was begun and not finished; None if there is none."""
    if not path.exists():
        return None
    content = read_json(path)
    return UnderWay(
        erasure=Erasure.from_json(content["erasure"]),
        asked=tuple(content["asked"]),
        begun=content["begun"],
        raw=content["raw"],
        ledger=content["ledger"],
        release=content["release"],
        models=tuple(Learned(**model) for model in content["models"]),
    )
