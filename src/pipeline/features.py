"""Stage features: every customer at every snapshot; what stands of the last run is kept."""

from src.core.errors import run_command
from src.core.files import replacing_folder, write_json
from src.core.ledger import on_spark
from src.core.params import load_params
from src.core.progress import say, step
from src.features.build import build_features
from src.features.snapshot_files import FEATURES, update_snapshots, why_computed
from src.features.snapshot_manifest import engine_digest
from src.features.spec import load_catalogue
from src.features.spine import engine_spine, snapshots
from src.features.stored import write_rows
from src.pipeline import paths
from src.pipeline.ledger import the_ledger

STAGE = "features"


def main() -> None:
    """Write the features of the spine beside their definitions; on Spark all of them anew."""
    params = load_params()
    spec = load_catalogue(params.features.catalogue)
    ledger = the_ledger(params)
    instants = snapshots(ledger, params.features.snapshots)
    with (
        step(STAGE, f"{len(spec.names)} features of every customer"),
        replacing_folder(paths.FEATURES) as folder,
    ):
        if on_spark(ledger.backend):
            spine = engine_spine(ledger, instants)
            write_rows(ledger, build_features(ledger, spine, spec), folder / FEATURES)
        else:
            code = engine_digest(paths.FEATURES_MADE_BY)
            updated = update_snapshots(ledger, instants, spec, code, paths.FEATURES, folder)
            total, computed = sum(updated.rows.values()), len(updated.why)
            kept = len(updated.rows) - computed
            say(STAGE, f"{total:,} rows; {kept} snapshots stand, {computed} are computed")
            for line in why_computed(updated.why):
                say(STAGE, line)
        write_json(folder / "spec.json", spec.to_json())


if __name__ == "__main__":
    run_command(main)
