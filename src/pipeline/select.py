"""`python -m src.pipeline.select NAME`: set the source in params.yaml, and nothing else."""

import re
import sys

from src.core.errors import ConfigError, nearest, run_command
from src.core.files import replacing_file
from src.core.params import PARAMS_FILE, load_params
from src.pipeline.paths import SOURCES


def main() -> None:
    """Check that the source has a mapping, then write its name into params.yaml."""
    if len(sys.argv) != 2:
        raise ConfigError("found no source; expected `python -m src.pipeline.select NAME`.")
    name = sys.argv[1]
    known = [path.stem for path in SOURCES.glob("*.yaml")]
    if name not in known:
        raise ConfigError(f"source {name!r} has no file in {SOURCES}. {nearest(name, known)}")
    if load_params().source == name:
        return
    text = re.sub(
        r"^(source:\s*)[^\s#]+", rf"\g<1>{name}", PARAMS_FILE.read_text("utf-8"), flags=re.MULTILINE
    )
    with replacing_file(PARAMS_FILE) as aside:
        aside.write_text(text, encoding="utf-8")
    print(f"params.yaml now says `source: {name}` (`git checkout params.yaml` takes it back).")


if __name__ == "__main__":
    run_command(main)
