"""Stage integrate: the raw extracts into one ledger."""

from src.core.errors import run_command
from src.core.params import load_params
from src.pipeline import paths
from src.sources.integrate import integrate
from src.sources.mapping import load_mapping


def main() -> None:
    """Map, convert, check and account for every row."""
    params = load_params()
    mapping = load_mapping(paths.SOURCES / f"{params.source}.yaml")
    integrate(mapping, raw=paths.RAW, ledger=paths.LEDGER)


if __name__ == "__main__":
    run_command(main)
