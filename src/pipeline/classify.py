"""Stage classify: the batch score of every customer, by the same scorer as the endpoint's."""

import pandas as pd

from src.core.errors import run_command
from src.core.files import replacing_folder, write_parquet
from src.core.params import load_params
from src.core.progress import say, step
from src.pipeline import paths
from src.serving.scorer import open_scorer, score_batch, scores_table

_NO_HISTORY = "no movement or statement before the last snapshot"


def main() -> None:
    """Score every customer at its latest snapshot; list those that no snapshot holds."""
    params = load_params()
    scorer = open_scorer(paths.BUNDLE)
    features = scorer.store.features
    with step("classify", f"{len(features):,} customers"):
        scores = score_batch(features, scorer.bundles, params.explain.reasons, scorer.base_currency)
    unscored = pd.DataFrame({"customer_id": sorted(scorer.store.without_history)})
    unscored["reason"] = _NO_HISTORY
    if len(unscored):
        say("classify", f"{len(unscored):,} customers are not scored: {_NO_HISTORY}")
    with replacing_folder(paths.SCORES) as folder:
        write_parquet(folder / "scores.parquet", scores_table(features, scores))
        write_parquet(folder / "unscored.parquet", unscored)


if __name__ == "__main__":
    run_command(main)
