"""Stage features: every customer at every snapshot; what stands of the last run is kept."""

from pathlib import Path

from src.core.files import link_or_copy, replacing_folder, write_json
from src.core.ledger import on_spark
from src.core.progress import say, step
from src.features.build import build_features
from src.features.snapshot_files import FEATURES, update_snapshots, why_computed
from src.features.snapshot_manifest import engine_digest
from src.features.spec import load_catalogue
from src.features.spine import engine_spine, snapshots
from src.features.stored import write_rows
from src.pipeline.paths import FEATURES_MADE_BY
from src.pipeline.run import Run

STAGE = "features"


def main(run: Run) -> None:
    """Write the features of the spine beside their definitions; on Spark all of them anew."""
    spec = load_catalogue(run.params.features.catalogue)
    ledger = run.ledger()
    instants = snapshots(ledger, run.params.features.snapshots)
    kept = run.paths.kept / "features"
    with (
        step(STAGE, f"{len(spec.names)} features of every customer"),
        replacing_folder(run.paths.features) as folder,
    ):
        if on_spark(ledger.backend):
            spine = engine_spine(ledger, instants)
            write_rows(ledger, build_features(ledger, spine, spec), folder / FEATURES)
        else:
            code = engine_digest(FEATURES_MADE_BY)
            updated = update_snapshots(ledger, instants, spec, code, kept, folder)
            total, computed = sum(updated.rows.values()), len(updated.why)
            standing = len(updated.rows) - computed
            say(STAGE, f"{total:,} rows; {standing} snapshots stand, {computed} are computed")
            for line in why_computed(updated.why):
                say(STAGE, line)
            keep(folder, kept)
        write_json(folder / "spec.json", spec.to_json())


def keep(made: Path, kept: Path) -> None:
    """For the next run to go on from: DVC removes the stage's own output before it runs again."""
    with replacing_folder(kept) as folder:
        for path in made.rglob("*"):
            if path.is_file():
                link_or_copy(path, folder / path.relative_to(made))
