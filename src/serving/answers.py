"""Scores and explanations in the words of the API."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from src.core.taxonomy import Wording
from src.explain.reasons import Reason, without_reasons
from src.models.bundle import Bundle
from src.serving.responses import (
    Amount,
    Contribution,
    Model,
    ReasonOut,
    TaskExplanation,
    TaskScore,
    Words,
)
from src.serving.scoring import ASKED, TaskScores, is_baseline


def task_score(scored: TaskScores, row: int, language: str, asked: int) -> TaskScore:
    """The score of one row; `language` is zh, en or both. asked: how many reasons the caller
    wanted; where none was found of those wanted, a note says why."""
    bundle, name = scored.bundle, scored.bundle.classes[scored.predicted[row]]
    reasons = [_reason(reason, language) for reason in scored.reasons[row]]
    answer: dict[str, Any] = {
        "class_": name,
        "wording": _words(bundle.wordings[name], language),
        "probabilities": _named(bundle.classes, scored.probabilities[row]),
        "set": [c for c, held in zip(bundle.classes, scored.members[row], strict=True) if held],
        "reasons": reasons,
        "model": _model(bundle),
    }
    if bundle.sets:
        answer["set_coverage"] = bundle.sets.coverage
    if bundle.task == ASKED:
        answer["ask_customer"] = bool(scored.members[row].sum() > 1)
    if scored.amounts is not None and bundle.assets:
        expected, low, high = scored.amounts[row].tolist()
        coverage = bundle.assets.coverage
        answer["assets"] = Amount(expected=expected, low=low, high=high, coverage=coverage)
    if asked and not reasons:
        answer["note"] = _words(without_reasons(bundle), language)
    return TaskScore(**answer)


def task_explanation(
    scored: TaskScores, row: int, values: Mapping[str, float], language: str
) -> TaskExplanation:
    """All contributions of one row, whose own feature values are `values`."""
    bundle, explanation = scored.bundle, scored.explanation
    name = bundle.classes[scored.predicted[row]]
    outputs = bundle.margin_names
    contributions = [
        Contribution(
            feature=feature.name,
            group=feature.group,
            unit=feature.unit,
            value=_known(values[feature.name]),
            contributions=_named(outputs, explanation.values[row, :, place]),
            **_words(feature.wording, language).model_dump(exclude_unset=True),
        )
        for place, feature in enumerate(bundle.spec.features)
    ]
    return TaskExplanation(
        class_=name,
        wording=_words(bundle.wordings[name], language),
        probabilities=_named(bundle.classes, scored.probabilities[row]),
        base=_named(outputs, explanation.base[row]),
        margins=_named(outputs, explanation.margins[row]),
        contributions=contributions,
        model=_model(bundle),
    )


def _reason(reason: Reason, language: str) -> ReasonOut:
    words = _words(Wording(zh=reason.zh, en=reason.en), language)
    return ReasonOut(
        feature=reason.feature,
        group=reason.group,
        value=_known(reason.value),
        contribution=reason.contribution,
        **words.model_dump(exclude_unset=True),
    )


def _model(bundle: Bundle) -> Model:
    kind = "baseline" if is_baseline(bundle) else "model"
    return Model(version=bundle.version, kind=kind, winner=bundle.predictor.kind)


def _words(wording: Wording, language: str) -> Words:
    """Unset where not asked for, so that the answer leaves it out."""
    texts = {name: getattr(wording, name) for name in ("zh", "en") if language in (name, "both")}
    return Words(**texts)


def _named(names: Iterable[str], numbers: Iterable[float]) -> dict[str, float]:
    return {name: float(number) for name, number in zip(names, numbers, strict=True)}


def _known(value: float) -> float | None:
    """JSON has no NaN: unknown is null."""
    return None if math.isnan(value) else float(value)
