"""One task's challenger and champion, read from where the pipeline keeps them, and the decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from src.core.errors import KehuError
from src.core.files import read_json, read_parquet
from src.core.params import Params
from src.core.taxonomy import load_taxonomy
from src.features.spec import FeatureSpec
from src.models.bundle import Bundle, load_bundle
from src.models.candidates import candidate_folder, read_predictions
from src.models.comparison import Comparison, compare, why_unlike
from src.models.promotion import Decision, decide_promotion
from src.models.promotion_log import taken_back
from src.models.rows import KEYS
from src.models.served_features import with_features
from src.pipeline import paths
from src.pipeline.ledger import the_ledger
from src.pipeline.served import Served


@dataclass(frozen=True)
class Contest:
    """Both contenders and what became of them. folder: the challenger's; champion_entry: what the
    manifest said of the champion."""

    task: str
    evaluation: Mapping[str, Any]
    challenger: Bundle
    folder: Path
    champion: Bundle | None
    champion_entry: Mapping[str, Any]
    decision: Decision

    @property
    def served_folder(self) -> Path:
        """Of the bundle that is served from now on."""
        return self.folder if self.decision.promoted else paths.BUNDLE / self.task

    @property
    def entry(self) -> dict[str, Any]:
        """The manifest's entry: which bundle, why it won its run, and what was decided of whom."""
        served = dict(self.champion_entry)
        if self.decision.promoted:
            reason = self.evaluation["reason"]
            winner = self.evaluation["served"]
            served = {"version": self.challenger.version, "winner": winner, "reason": reason}
        decision = {"challenger": self.challenger.version} | self.decision.to_json()
        return served | {"decision": decision}

    @property
    def said(self) -> str:
        """For whoever watches the run."""
        verdict = "promoted" if self.decision.promoted else "not promoted, the champion stays"
        return (
            f"{self.evaluation['reason']} {self.evaluation['served']} "
            f"{self.challenger.version} is {verdict}. {self.decision.reason}"
        )

    @property
    def figures(self) -> dict[str, float]:
        """The comparison's figures, for MLflow."""
        found = self.decision.comparison
        if found is None:
            return {}
        ends = {f"ahead_of_champion.{end}": value for end, value in found.gain.items()}
        known = {name: value for name, value in ends.items() if value is not None}
        return known | {"ahead_of_champion.rows": float(found.rows)}


@dataclass(frozen=True)
class ServedOn:
    """A champion without a challenger: no model could be trained, so that it is served on."""

    task: str
    champion: Bundle
    entry: Mapping[str, Any]


def hold_contest(task: str, before: Served | str, params: Params) -> Contest:
    """Compare the winner of this run with the champion of `before` and decide.

    before: what is served, or why nothing is.
    """
    evaluation = read_json(paths.EVALUATION / task / "evaluation.json")
    winner = evaluation["served"]
    folder = candidate_folder(paths.MODELS / task, winner)
    challenger = load_bundle(folder)
    catalogue = FeatureSpec.from_json(read_json(paths.FEATURES / "spec.json"))
    champion, why_none = _champion(task, before, params.source)

    def compared() -> Comparison:
        assert champion is not None  # else there is nothing to decide by a comparison
        return _compared(task, champion, winner, params)

    decision = decide_promotion(
        challenger,
        [gate for gate in evaluation["gates"] if gate["candidate"] == winner],
        champion,
        why_none,
        why_unlike(champion, challenger.classes, catalogue) if champion else "",
        taken_back(paths.PROMOTIONS, task),
        compared,
        params.promote,
    )
    entry = _entry(task, before)
    return Contest(task, evaluation, challenger, folder, champion, entry, decision)


def serve_on(task: str, before: Served | str, why: str, params: Params) -> ServedOn | None:
    """The champion of a task whose labels of this run carry no model, or None if there is none
    that answers what is asked today. why: they carry none. A task that the mapping of the source
    declares unsupported is served no more.
    """
    if task in read_json(paths.LEDGER / "integration.json")["unsupported"]:
        return None
    champion, _ = _champion(task, before, params.source)
    classes = load_taxonomy(params.taxonomy, params.source).classes(task)
    catalogue = FeatureSpec.from_json(read_json(paths.FEATURES / "spec.json"))
    if champion is None or why_unlike(champion, classes, catalogue):
        return None
    decision = {
        "challenger": "",
        "promoted": False,
        "rule": "not trained",
        "reason": f"No model could be trained: {why}",
        "comparison": None,
    }
    return ServedOn(task, champion, _entry(task, before) | {"decision": decision})


def _entry(task: str, before: Served | str) -> dict[str, Any]:
    """What the manifest says of the champion, without what was decided of it."""
    entry = before.manifest["tasks"].get(task, {}) if isinstance(before, Served) else {}
    return {key: value for key, value in entry.items() if key != "decision"}


def _champion(task: str, before: Served | str, source: str) -> tuple[Bundle | None, str]:
    """The bundle that is served, or why there is none to be compared with."""
    if isinstance(before, str):
        return None, before
    if before.manifest["source"] != source:
        return None, f"what was served before is of another source, {before.manifest['source']}"
    if task not in before.manifest["tasks"]:
        return None, "no model of the task was served before"
    try:
        return load_bundle(paths.BUNDLE / task), ""
    except KehuError as error:
        return None, f"the champion can't be read ({error})"


def _compared(task: str, champion: Bundle, winner: str, params: Params) -> Comparison:
    rows, probabilities = read_predictions(paths.MODELS / task, champion.classes)
    arrivals = read_parquet(paths.LABELS / f"{task}.parquet", [*KEYS, "arrival"])
    features: pd.DataFrame = read_parquet(paths.FEATURES / "features.parquet")
    judged = rows.merge(arrivals, on=KEYS, how="left", validate="1:1")
    judged = judged.merge(features, on=KEYS, how="left", validate="1:1")
    judged = with_features(judged, [champion.spec], partial(the_ledger, params))
    return compare(
        champion,
        judged,
        probabilities[winner],
        params.evaluate,
        params.seed,
        params.promote.min_rows,
    )
