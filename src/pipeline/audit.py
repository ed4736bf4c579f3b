"""Stage audit: leak tests of every feature that was computed; one that leaks stops the pipeline."""

from src.core.errors import FeatureError, run_command
from src.core.files import read_json, replacing_folder, write_json
from src.core.params import load_params
from src.core.progress import say
from src.features.audit.run import STAGE, audited
from src.features.audit.show import summary
from src.features.audit.verdict import Audit
from src.features.spec import FeatureSpec
from src.pipeline import paths


def main() -> None:
    """Write the whole audit and its figures, then fail, or write data/audited.json.

    What that holds never changes: the stages after it depend on it only to come after.
    """
    spec = FeatureSpec.from_json(read_json(paths.FEATURES / "spec.json"))
    found = audited(spec, paths.LEDGER, load_params())
    with replacing_folder(paths.AUDIT) as folder:
        write_json(folder / "audit.json", found.to_json())
    figures = {verdict.replace(" ", "_"): count for verdict, count in found.counts.items()}
    write_json(paths.METRICS / "audit.json", {"features": len(spec), **figures})
    say(STAGE, summary(found))
    require_passed(found)
    write_json(paths.DATA / "audited.json", {"leaks": "none"})


def require_passed(found: Audit) -> None:
    """Raise FeatureError with the first feature that leaks or misses."""
    wrong = [found.counterexample(name) for name in found.spec.names]
    shown = next((one for one in wrong if one is not None), None)
    if shown is not None:
        through = f" through {', '.join(shown.through)}" if shown.through else ""
        raise FeatureError(
            f"{paths.AUDIT}/audit.json: {summary(found)}; expected no leak. Feature "
            f"{shown.feature!r} {shown.verdict} (trial '{shown.trial}' on {shown.ledger}): "
            f"customer {shown.customer_id} at {shown.as_of} has {shown.before:g}, then "
            f"{shown.after:g}{through}. Mend its definition or the code that computes it; "
            f"`kehu features audit --only {shown.feature}` tries it alone."
        )


if __name__ == "__main__":
    run_command(main)
