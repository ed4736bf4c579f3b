"""Stage integrate: the raw extracts into one ledger, and who is who into the vault."""

from src.pipeline import paths
from src.pipeline.run import Run, run_stage
from src.sources.integrate import integrate
from src.sources.linkage.model import load_linkage
from src.sources.staging.rules import load_rules


def main(run: Run) -> None:
    """Map, correct, resolve, check and account for every row."""
    integrate(
        run.mapping,
        load_rules(paths.RULES),
        load_linkage(paths.LINKAGE),
        raw=run.paths.raw,
        ledger=run.paths.ledger,
        vault=run.paths.vault,
        key=run.key,
        params=run.params.integrate,
    )


if __name__ == "__main__":
    run_stage(main)
