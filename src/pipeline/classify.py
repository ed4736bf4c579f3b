"""Stage classify: the batch score of every customer, by the same scorer as the endpoint's."""

from src.core.threads import quiet_threads

if __name__ == "__main__":
    quiet_threads()  # before LightGBM is imported below

import ibis
import pandas as pd

from src.core.engine import connect_engine
from src.core.errors import run_command
from src.core.files import read_json, replacing_folder, write_parquet
from src.core.ledger import open_ledger
from src.core.params import Params, load_params
from src.core.progress import say, step
from src.features.spec import FeatureSpec
from src.features.stored import rows_schema
from src.pipeline import paths
from src.serving.scorer import MANIFEST, open_scorer, score_batch, scores_table
from src.serving.spark_scoring import latest_features, score_on_spark

STAGE = "classify"
_NO_HISTORY = "no movement or statement before the last snapshot"


def main() -> None:
    """Score every customer at its latest snapshot; list those that no snapshot holds."""
    params = load_params()
    if params.engine.name == "spark":
        classify_on_spark(params)
        return
    scorer = open_scorer(paths.BUNDLE)
    features = scorer.store.features
    with step(STAGE, f"{len(features):,} customers"):
        scores = score_batch(features, scorer.bundles, params.explain.reasons, scorer.base_currency)
    unscored = pd.DataFrame({"customer_id": sorted(scorer.store.without_history)})
    unscored["reason"] = _NO_HISTORY
    if len(unscored):
        say(STAGE, f"{len(unscored):,} customers are not scored: {_NO_HISTORY}")
    with replacing_folder(paths.SCORES) as folder:
        write_parquet(folder / "scores.parquet", scores_table(features, scores))
        write_parquet(folder / "unscored.parquet", unscored)


def classify_on_spark(params: Params) -> None:
    """The same, read and written by Spark's machines: a folder of files each."""
    ledger = open_ledger(paths.LEDGER, connect_engine(params.engine))
    engine, names = ledger.backend, FeatureSpec.from_json(read_json(paths.FEATURES / "spec.json"))
    features = latest_features(
        engine.read("kehu_features", paths.FEATURES / "features.parquet", rows_schema(names))
    )
    currency = read_json(paths.BUNDLE / MANIFEST)["base_currency"]
    known = ledger["customers"]
    known = known.filter(known.known_until.isnull()).select("customer_id").distinct()  # noqa: PD003
    unscored = known.anti_join(features, "customer_id").mutate(reason=ibis.literal(_NO_HISTORY))
    with replacing_folder(paths.SCORES) as folder, step(STAGE, "every customer, on Spark"):
        scores = score_on_spark(engine, features, paths.BUNDLE, params.explain.reasons, currency)
        by_customer = ["customer_id"]
        engine.write(scores, folder / "scores.parquet", by_customer, snapshots=False)
        engine.write(
            engine.frame(unscored), folder / "unscored.parquet", by_customer, snapshots=False
        )


if __name__ == "__main__":
    run_command(main)
