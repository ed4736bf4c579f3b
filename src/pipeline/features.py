"""Stage features: every customer at every snapshot."""

from src.core.errors import run_command
from src.core.files import replacing_folder, write_json
from src.core.params import load_params
from src.core.progress import step
from src.features.build import build_features
from src.features.spec import load_catalogue
from src.features.spine import engine_spine, snapshots
from src.features.stored import row_count, write_rows
from src.pipeline import paths
from src.pipeline.ledger import the_ledger


def main() -> None:
    """Build the features of the spine and write them beside their definitions."""
    params = load_params()
    spec = load_catalogue(params.features.catalogue)
    ledger = the_ledger(params)
    spine = engine_spine(ledger, snapshots(ledger, params.features.snapshots))
    with step(
        "features", f"{len(spec.names)} features of {row_count(ledger, spine):,} customer snapshots"
    ):
        features = build_features(ledger, spine, spec)
    with replacing_folder(paths.FEATURES) as folder:
        write_rows(ledger, features, folder / "features.parquet")
        write_json(folder / "spec.json", spec.to_json())


if __name__ == "__main__":
    run_command(main)
