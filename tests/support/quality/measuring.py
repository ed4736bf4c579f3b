"""Measuring a world as the pipeline does, and finding one figure among many."""

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from src.core.engine import EngineParams
from src.core.params import Params, load_params
from src.core.params.quality import QualityParams
from src.core.schemas import LEDGER
from src.quality.figures.measures import Measures
from src.quality.measures.all import measure
from src.quality.session import open_book
from src.quality.texts import load_quality_texts
from src.reports.quality.assess import Assessment, assess
from tests.support.quality.ledger_folders import World

PROJECT = Path(__file__).parents[3]
TEXTS = load_quality_texts(PROJECT / "configs" / "quality.yaml")
SHIPPED: Params = load_params(PROJECT / "params.yaml")
ENGINE = EngineParams(threads=1, memory_limit="500MB")
MAPPED = {name: set(table.arrow.names) for name, table in LEDGER.items()}


def small_params(**changes: Any) -> QualityParams:
    """The shipped parameters with borders low enough for small deliveries."""
    low = {"min_rows_judged": 5, "drift_min_rows": 5, **changes}
    return QualityParams.model_validate({**SHIPPED.quality.model_dump(), **low})


def measured(world: World, folder: Path, params: QualityParams | None = None) -> Measures:
    """Write the world and measure it."""
    with open_book(world.write(folder), ENGINE) as book:
        return measure(book, folder / "vault", MAPPED, params or small_params(), TEXTS)


def assessed(world: World, folder: Path, params: QualityParams | None = None) -> Assessment:
    """Write the world, measure, judge and report."""
    ledger = world.write(folder)
    return assess(ledger, folder / "vault", MAPPED, params or small_params(), TEXTS, ENGINE)


def masked(**values: str) -> str:
    """A quarantined row as integration writes it."""
    return json.dumps(values, ensure_ascii=False)


def names(figures: Sequence[Any], *fields: str) -> list[tuple[Any, ...]]:
    """The given fields of each figure."""
    return [tuple(getattr(figure, f) for f in fields) for figure in figures]


def moved(sound: Measures, found: Measures) -> set[str]:
    """The measures that differ from the sound bank's."""
    return {f.name for f in fields(Measures) if getattr(sound, f.name) != getattr(found, f.name)}


def of(figures, **wanted):
    """The one figure with these fields."""
    (found,) = [f for f in figures if all(getattr(f, k) == v for k, v in wanted.items())]
    return found
