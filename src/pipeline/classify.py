"""Stage classify: the batch score of every customer, by the same scorer as the endpoint's."""

from src.core.errors import run_command
from src.core.files import replacing_folder, write_parquet
from src.core.params import load_params
from src.core.progress import step
from src.pipeline import paths
from src.serving.scorer import open_scorer, score_batch, scores_table


def main() -> None:
    """Score the latest snapshot of every customer that the endpoint knows."""
    params = load_params()
    scorer = open_scorer(paths.BUNDLE)
    features = scorer.store.features
    with step("classify", f"{len(features):,} customers"):
        scores = score_batch(features, scorer.bundles, params.explain.reasons, scorer.base_currency)
    with replacing_folder(paths.SCORES) as folder:
        write_parquet(folder / "scores.parquet", scores_table(features, scores))


if __name__ == "__main__":
    run_command(main)
