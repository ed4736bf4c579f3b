"""Stage check: every configuration is read before anything runs, so that no key is ignored."""

from src.core.errors import run_command
from src.core.files import write_json
from src.core.params import load_params
from src.core.taxonomy import load_taxonomy
from src.explain.texts import load_texts
from src.features.spec import load_catalogue
from src.pipeline import paths
from src.sources.mapping import load_mapping


def main() -> None:
    """Load params.yaml and all that it names; the first fault ends the pipeline.

    What it writes never changes: collect depends on it only to come after.
    """
    params = load_params()
    load_mapping(paths.SOURCES / f"{params.source}.yaml")
    load_taxonomy(params.taxonomy, params.source)
    load_catalogue(params.features.catalogue)
    load_texts(paths.WORDINGS)
    write_json(paths.CHECKED, {"configuration": "valid"})


if __name__ == "__main__":
    run_command(main)
