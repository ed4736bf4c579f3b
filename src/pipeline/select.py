"""The source in params.yaml: the one whose outputs stand under data."""

import re

from src.core.errors import ConfigError
from src.core.files import replacing_file
from src.core.params import PARAMS_FILE, Params, load_params
from src.core.progress import say


def selected(source: str) -> Params:
    """The parameters. Raises ConfigError if the outputs under data are another source's."""
    params = load_params()
    if params.source != source:
        raise ConfigError(
            f"{PARAMS_FILE}: source is {params.source!r}; expected {source!r}. Add "
            f"`--source {params.source}`, or run `kehu run --source {source}` first."
        )
    return params


def select(name: str) -> None:
    """Write the name of a source that has a mapping into params.yaml, and nothing else."""
    if load_params().source == name:
        return
    text = re.sub(
        r"^(source:\s*)[^\s#]+", rf"\g<1>{name}", PARAMS_FILE.read_text("utf-8"), flags=re.MULTILINE
    )
    with replacing_file(PARAMS_FILE) as aside:
        aside.write_text(text, encoding="utf-8")
    say("run", f"{PARAMS_FILE} now says `source: {name}` (`git checkout` takes it back)")
