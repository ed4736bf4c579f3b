"""Stage integrate: the raw extracts into one ledger, and who is who into the vault."""

from src.core.errors import run_command
from src.core.params import load_params
from src.pipeline import paths
from src.privacy.key import load_key
from src.sources.integrate import integrate
from src.sources.linkage.model import load_linkage
from src.sources.mapping.mapping import load_mapping
from src.sources.staging.rules import load_rules


def main() -> None:
    """Map, correct, resolve, check and account for every row."""
    params = load_params()
    integrate(
        load_mapping(paths.SOURCES / f"{params.source}.yaml"),
        load_rules(paths.RULES),
        load_linkage(paths.LINKAGE),
        raw=paths.RAW,
        ledger=paths.LEDGER,
        vault=paths.VAULT,
        key=load_key(),
        params=params.integrate,
    )


if __name__ == "__main__":
    run_command(main)
