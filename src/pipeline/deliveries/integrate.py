"""Stage integrate: the raw extracts into one ledger, and who is who into the vault."""

from src.core.errors import KehuError
from src.pipeline import paths
from src.pipeline.deliveries.inputs import key_of, mapping_of
from src.pipeline.run import Run
from src.privacy.key import PUBLIC, PUBLIC_KEY, fingerprint
from src.sources.integrate import integrate
from src.sources.linkage.model import load_linkage
from src.sources.staging.rules import load_rules


def main(run: Run, key: str) -> None:
    """Map, correct, resolve, check and account for every row.

    key: the fingerprint of the key for which dvc.yaml was made, or PUBLIC.
    """
    _require_key(run, key)
    integrate(
        mapping_of(run),
        load_rules(paths.RULES),
        load_linkage(paths.LINKAGE),
        raw=run.paths.raw,
        ledger=run.paths.ledger,
        vault=run.paths.vault,
        key=key_of(run),
        params=run.params.integrate,
    )


def _require_key(run: Run, expected: str) -> None:
    """Raise KehuError under another key than the one that the pipeline was made for: what stands
    would be mixed with pseudonyms that nothing leads back to."""
    found = PUBLIC if key_of(run) == PUBLIC_KEY else fingerprint(key_of(run))
    if found != expected:
        raise KehuError(
            f"the key of the pseudonyms has the fingerprint {found}; the pipeline of {run.source} "
            f"was made for {expected}. Use that key again, or run `kehu run --source {run.source}` "
            "to make everything anew under this one."
        )
