"""What Numba has compiled of the project's sources, for a copy of them: half a minute less."""

import shutil
from pathlib import Path

from numba.core.caching import _CacheLocator


def copy_compiled(project: Path, folder: Path) -> None:
    """Copy the machine code to where Numba looks for that of the sources in `folder`, which are
    copies with the times of the project's. Nothing is there, nothing is copied."""
    modules = [path.relative_to(project) for path in (project / "src").rglob("*.py")]
    places = {_place(project / path): _place(folder / path) for path in modules}
    for kept in (project / "src").rglob("*.nb[ci]"):
        if kept.parent.name not in places:  # of a project that stood elsewhere
            continue
        new = folder / kept.relative_to(project).parents[1] / places[kept.parent.name] / kept.name
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(kept, new)


def _place(source: Path) -> str:
    return str(_CacheLocator.get_suitable_cache_subpath(str(source)))
