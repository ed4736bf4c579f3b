"""Stage features: every customer at every snapshot."""

from src.core.engine import connect
from src.core.errors import run_command
from src.core.files import replacing_folder, write_json, write_parquet
from src.core.ledger import open_ledger
from src.core.params import load_params
from src.core.progress import step
from src.features.build import build_features
from src.features.spec import load_catalogue
from src.features.spine import make_spine, snapshots
from src.pipeline import paths


def main() -> None:
    """Build the features of the spine and write them beside their definitions."""
    params = load_params()
    spec = load_catalogue(params.features.catalogue)
    ledger = open_ledger(paths.LEDGER, connect(params.engine))
    spine = make_spine(ledger, snapshots(ledger, params.features.snapshots))
    with step("features", f"{len(spec.names)} features of {len(spine):,} customer snapshots"):
        features = build_features(ledger, spine, spec)
    with replacing_folder(paths.FEATURES) as folder:
        write_parquet(folder / "features.parquet", features)
        write_json(folder / "spec.json", spec.to_json())


if __name__ == "__main__":
    run_command(main)
