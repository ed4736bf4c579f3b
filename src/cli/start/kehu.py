"""The installed command `kehu`: it starts the code of the project that it is called in.

It stands alone in its folder, so that an installation puts nothing else on the import path. `src`
is the project's own: a copy of the project runs the copy's code, also with a shared environment.
"""

import os
import sys
from pathlib import Path

MARKS = ("params.yaml", "dvc.yaml")


def main() -> None:
    """Find the project, go to its top folder and run its command line."""
    here = Path.cwd()
    project = next((folder for folder in (here, *here.parents) if _is_project(folder)), None)
    if project is None:
        print(
            f"error: {here}: found no Kehu project here or in a folder above; expected "
            f"{' and '.join(MARKS)}. Go to the project's folder and run the command again.",
            file=sys.stderr,
        )
        sys.exit(1)
    sys.path.insert(0, str(project))
    os.chdir(project)
    from src.cli import run

    run(here)


def _is_project(folder: Path) -> bool:
    return all((folder / mark).is_file() for mark in MARKS)


if __name__ == "__main__":
    main()
