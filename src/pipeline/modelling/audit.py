"""Stage audit: leak tests of every feature that was computed; one that leaks stops the pipeline."""

from pathlib import Path

from src.core.errors import FeatureError
from src.core.files import replacing_folder, write_json
from src.core.progress import say
from src.features.audit.run import STAGE, audited
from src.features.audit.show import summary
from src.features.audit.verdict import Audit
from src.features.spec import load_spec
from src.pipeline.run import Run


def main(run: Run) -> None:
    """Write the whole audit and its figures, then fail, or write audited.json.

    What that holds never changes: the stages after it depend on it only to come after.
    """
    found = audited(load_spec(run.paths.spec), run.paths.ledger, run.params)
    with replacing_folder(run.paths.audit) as folder:
        write_json(folder / "audit.json", found.to_json())
    figures = {verdict.replace(" ", "_"): count for verdict, count in found.counts.items()}
    write_json(run.paths.metrics / "audit.json", {"features": len(found.spec), **figures})
    say(STAGE, summary(found))
    require_passed(found, run.paths.audit / "audit.json")
    write_json(run.paths.audited, {"leaks": "none"})


def require_passed(found: Audit, path: Path) -> None:
    """Raise FeatureError with the first feature that leaks or misses."""
    wrong = [found.counterexample(name) for name in found.spec.names]
    shown = next((one for one in wrong if one is not None), None)
    if shown is not None:
        through = f" through {', '.join(shown.through)}" if shown.through else ""
        raise FeatureError(
            f"{path}: {summary(found)}; expected no leak. Feature "
            f"{shown.feature!r} {shown.verdict} (trial '{shown.trial}' on {shown.ledger}): "
            f"customer {shown.customer_id} at {shown.as_of} has {shown.before:g}, then "
            f"{shown.after:g}{through}. Mend its definition or the code that computes it; "
            f"`kehu features audit --only {shown.feature}` tries it alone."
        )
