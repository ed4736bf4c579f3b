"""Put a release together: models, training windows, feature rows, market tables and scores."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import pandas as pd

from src.core.engine import connect_engine
from src.core.files import digest, link_or_copy, read_json, read_parquet, write_json, write_parquet
from src.core.ledger import open_ledger
from src.core.progress import say, step
from src.features.arrivals import arrivals_from
from src.features.spec import load_spec
from src.features.stored import rows_schema
from src.models.bundle import Bundle, load_bundle
from src.models.population import profile_columns
from src.models.reference import build_reference
from src.models.releases.release import Release, reference_file, seal
from src.models.served_features import with_features
from src.pipeline.run import Run
from src.serving.scorer import score_batch, scores_table
from src.serving.spark_scoring import latest_features, score_on_spark
from src.serving.store import FOLDER, latest_rows, write_store

STAGE = "release"
SCORES = "scores"
_NO_HISTORY = "no movement or statement before the last snapshot"


@dataclass(frozen=True)
class Part:
    """One task of a release. bundle: the model's folder. reference: the file of its training
    window; None: made anew. entry: what the manifest says of it (version, fingerprint, kind,
    winner, reason)."""

    bundle: Path
    reference: Path | None
    entry: Mapping[str, Any]


def compose(
    run: Run, parts: Mapping[str, Part], unsupported: Mapping[str, str], folder: Path
) -> None:
    """Fill the empty `folder` and seal it. The same inputs give the same bytes.

    The feature rows have every column that a model needs, also of a champion from before the
    catalogue changed. unsupported: why, of the tasks that are not served.
    """
    bundles = {}
    for task, part in parts.items():
        shutil.copytree(part.bundle, folder / task)
        bundles[task] = load_bundle(folder / task)
        target = reference_file(folder, task)
        if part.reference:
            link_or_copy(part.reference, target)
        else:
            write_reference(run, bundles[task], {}, target)
    specs = [bundle.spec for bundle in bundles.values()]
    latest = with_features(latest_rows(run.features()), specs, run.ledger)
    write_store(run.paths.ledger, latest, folder / FOLDER)
    write_scores(run, bundles, folder)
    seal(
        folder,
        {
            "source": run.source,
            "base_currency": _currency(run),
            "taxonomy": digest(run.params.taxonomy),
            "tasks": {task: dict(part.entry) for task, part in parts.items()},
            "unsupported": dict(unsupported),
        },
    )


def link_release(release: Release, folder: Path) -> None:
    """Fill the empty `folder` with a release's files, without copying them where that can be."""
    for path in release.folder.rglob("*"):
        if path.is_file():
            link_or_copy(path, folder / path.relative_to(release.folder))


def entry_of(bundle: Bundle, winner: str, reason: str) -> dict[str, Any]:
    """What a manifest says of a task. winner: the candidate's name; reason: why it won its run."""
    return {
        "version": bundle.version,
        "fingerprint": bundle.fingerprint,
        "kind": bundle.predictor.kind,
        "winner": winner,
        "reason": reason,
    }


def write_reference(
    run: Run, bundle: Bundle, figures: Mapping[str, float | None], path: Path
) -> None:
    """What the bundle's training window looked like. figures: of its test rows, if known."""
    features = with_features(run.features(), [bundle.spec], run.ledger)
    arrived = arrivals_from(run.paths.ledger, run.ledger())
    features = features.assign(arrival=features["customer_id"].map(arrived))
    labels = read_parquet(run.paths.labels / f"{bundle.task}.parquet", ["as_of", "label"])
    made = build_reference(
        bundle, features, labels, figures, profile_columns(load_spec(run.paths.spec))
    )
    write_json(path, made.to_json())


def write_scores(run: Run, bundles: Mapping[str, Bundle], folder: Path) -> None:
    """The batch score of every customer, and who has no history, into folder/scores."""
    scores = folder / SCORES
    scores.mkdir()
    if run.params.engine.name == "spark":
        _write_scores_on_spark(run, folder)
        return
    features = read_parquet(folder / FOLDER / "features.parquet")
    with step(STAGE, f"scores of {len(features):,} customers"):
        found = score_batch(features, bundles, run.params.explain.reasons, _currency(run))
        write_parquet(scores / "scores.parquet", scores_table(features, found))
    unscored = read_parquet(folder / FOLDER / "without_history.parquet")
    unscored = unscored.assign(reason=pd.Series(_NO_HISTORY, unscored.index, dtype="str"))
    if len(unscored):
        say(STAGE, f"{len(unscored):,} customers are not scored: {_NO_HISTORY}")
    write_parquet(scores / "unscored.parquet", unscored)


def _write_scores_on_spark(run: Run, folder: Path) -> None:
    """The same, read and written by Spark's machines: a folder of files each."""
    ledger = open_ledger(run.paths.ledger, connect_engine(run.params.engine))
    engine, stored = ledger.backend, run.paths.features / "features.parquet"
    features = latest_features(
        engine.read("kehu_features", stored, rows_schema(load_spec(run.paths.spec)))
    )
    known = ledger["customers"]
    known = known.filter(known.known_until.isnull()).select("customer_id").distinct()  # noqa: PD003
    unscored = known.anti_join(features, "customer_id").mutate(reason=ibis.literal(_NO_HISTORY))
    by_customer = ["customer_id"]
    with step(STAGE, "scores of every customer, on Spark"):
        scores = score_on_spark(
            engine, features, folder, run.params.explain.reasons, _currency(run)
        )
        target = folder / SCORES
        engine.write(scores, target / "scores.parquet", by_customer, snapshots=False)
        engine.write(
            engine.frame(unscored), target / "unscored.parquet", by_customer, snapshots=False
        )


def _currency(run: Run) -> str:
    currency: str = read_json(run.paths.ledger / "integration.json")["base_currency"]
    return currency
