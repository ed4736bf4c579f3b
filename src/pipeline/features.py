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
from src.features.stored import row_count, write_rows
from src.pipeline import paths
from src.pipeline.ledger import the_ledger

STAGE = "features"


def main() -> None:
    """Write the features of the spine beside their definitions; on Spark all of them anew."""
    params = load_params()
    spec = load_catalogue(params.features.catalogue)
    ledger = the_ledger(params)
    spine = engine_spine(ledger, snapshots(ledger, params.features.snapshots))
    with (
        step(
            STAGE, f"{len(spec.names)} features of {row_count(ledger, spine):,} customer snapshots"
        ),
        replacing_folder(paths.FEATURES) as folder,
    ):
        if on_spark(ledger.backend):
            write_rows(ledger, build_features(ledger, spine, spec), folder / FEATURES)
        else:
            code = engine_digest(paths.FEATURES_MADE_BY)
            why = update_snapshots(ledger, spine, spec, code, paths.FEATURES, folder)
            kept = spine["as_of"].nunique() - len(why)
            say(STAGE, f"{kept} snapshots stand, {len(why)} are computed")
            for line in why_computed(why):
                say(STAGE, line)
        write_json(folder / "spec.json", spec.to_json())


if __name__ == "__main__":
    run_command(main)
