"""Raw extracts into the pipeline: made by the simulator, or copied from where the user put them."""

import os
import shutil
from pathlib import Path

from src.core.errors import SourceError
from src.core.files import digest, replacing_folder, write_json
from src.core.params import SimulationParams
from src.core.progress import say, step
from src.sources.mapping import SourceMapping, load_mapping
from src.sources.simulate.write import simulate as simulate_bank

STAGE = "collect"
SHARED_DATA_VARIABLE = "KEHU_SHARED_DATA"
SHARED_DATA_DEFAULT = Path("../shared/data")
MANIFEST = "manifest.json"


def collect(
    source: str,
    simulate: SimulationParams,
    seed: int,
    mapping_folder: Path,
    incoming: Path,
    raw: Path,
    truth: Path,
) -> None:
    """Bring the extracts of `source` into `raw`, with manifest.json, and the simulator's truth into
    `truth` (empty for other sources). Both folders appear only complete.

    A mapped source's files are looked for in incoming/<source>, then in $KEHU_SHARED_DATA/<source>.
    Raises ConfigError (no such mapping) or SourceError (a file is missing).
    """
    mapping = load_mapping(mapping_folder / f"{source}.yaml")
    with replacing_folder(raw) as raw_aside, replacing_folder(truth) as truth_aside:
        if mapping.generator == "simulated":
            with step(STAGE, f"simulating {simulate.customers:,} customers"):
                simulate_bank(simulate, seed, raw_aside, truth_aside)
        else:
            _copy(mapping, incoming / source, raw_aside)
        _write_manifest(source, raw_aside)


def shared_data() -> Path:
    """Where data sets lie that are not part of the project."""
    return Path(os.environ.get(SHARED_DATA_VARIABLE) or SHARED_DATA_DEFAULT)


def _copy(mapping: SourceMapping, incoming: Path, raw: Path) -> None:
    """Copy the mapping's files, all from one folder: the first that has any of them."""
    names = sorted({file.path for file in mapping.files.values()})
    places = (incoming, shared_data() / mapping.name)
    folder = next((p for p in places if any((p / name).is_file() for name in names)), None)
    missing = [name for name in names if folder is None or not (folder / name).is_file()]
    if folder is None or missing:
        looked = folder or " and ".join(str(place) for place in places)
        raise SourceError(
            f"source {mapping.name!r}: {', '.join(missing)} not found; looked in {looked}. "
            f"Put the missing files into {folder or incoming}. {mapping.origin}"
        )
    for name in names:
        target = raw / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / name, target)
    say(STAGE, f"copied {len(names)} files from {folder}")


def _write_manifest(source: str, raw: Path) -> None:
    files = [
        {
            "name": path.relative_to(raw).as_posix(),
            "bytes": path.stat().st_size,
            "md5": digest(path, "md5"),
        }
        for path in sorted(raw.rglob("*"))
        if path.is_file()
    ]
    write_json(raw / MANIFEST, {"source": source, "files": files})
