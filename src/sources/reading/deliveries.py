"""Which files a mapping's path stands for: one, or several deliveries in their order."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path

from src.core.errors import SourceError
from src.core.files import digest
from src.sources.mapping.raw_files import STAR, RawFile


@dataclass(frozen=True)
class Delivery:
    """One file as it arrived. name: its path relative to the source's folder; delivered: the UTC
    midnight at which it arrived, None where the path has no star."""

    name: str
    delivered: datetime | None


def find_deliveries(file: RawFile, folder: Path, where: str) -> list[Delivery]:
    """The files that lie in `folder`, in order of arrival; empty if there are none.

    where: the entry of the mapping, for messages. Raises SourceError for a file whose name does
    not tell when it arrived, and for two that arrived at once.
    """
    if not file.deliveries:
        return [Delivery(file.path, None)] if (folder / file.path).is_file() else []
    found = []
    for path in folder.glob(file.path):
        name = path.relative_to(folder).as_posix()
        if path.is_file():
            found.append(Delivery(name, _arrival(file, name, where)))
    found.sort(key=lambda delivery: (str(delivery.delivered), delivery.name))
    for one, other in pairwise(found):
        if one.delivered == other.delivered:
            raise SourceError(
                f"{folder / one.name} and {other.name}: both arrived {one.delivered:%Y-%m-%d}; "
                f"expected one delivery of {where} at an instant. Remove one of them, or give "
                f"'delivered' more of what the star stands for."
            )
    return found


def copies(folder: Path, names: Sequence[str]) -> dict[str, str]:
    """Delivery -> the first earlier one with the same bytes, of deliveries in order of arrival.
    Only files of one size are read."""
    sizes = Counter((folder / name).stat().st_size for name in names)
    found: dict[str, str] = {}
    first: dict[str, str] = {}
    for name in names:
        path = folder / name
        if sizes[path.stat().st_size] > 1:
            earlier = first.setdefault(digest(path, "md5"), name)
            if earlier != name:
                found[name] = earlier
    return found


def means(file: RawFile, name: str) -> bool:
    """Whether a path relative to the source's folder, or a bare file name, is of this file."""
    bare = file.path.rpartition("/")[2]
    return fnmatchcase(name, file.path) or ("/" not in name and fnmatchcase(name, bare))


def _arrival(file: RawFile, name: str, where: str) -> datetime:
    before, after = map(re.escape, file.path.split(STAR))
    match = re.fullmatch(f"{before}(.*){after}", name)
    matched = match[1] if match else name
    arrival = file.arrival(matched)
    if arrival is None:
        raise SourceError(
            f"{name}: {matched!r} stands where the star of {file.path!r} does; expected a date as "
            f"{file.delivered}. Rename or remove the file, or correct 'delivered' of {where}."
        )
    return arrival
