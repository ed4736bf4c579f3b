"""Stage collect: the extracts of the chosen source into data/raw."""

from src.core.errors import run_command
from src.core.params import load_params
from src.pipeline import paths
from src.sources.collect import collect


def main() -> None:
    """Simulate the bank, or copy a mapped source's originals."""
    params = load_params()
    collect(
        source=params.source,
        simulate=params.simulate,
        seed=params.seed,
        mapping_folder=paths.SOURCES,
        incoming=paths.INCOMING,
        raw=paths.RAW,
        truth=paths.TRUTH,
    )


if __name__ == "__main__":
    run_command(main)
