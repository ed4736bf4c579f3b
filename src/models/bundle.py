"""A model as it is served: predictor, calibration, feature spec and card in one folder.

Only LightGBM text and JSON, no pickle: safe to load, diffable, replayable.
"""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from src.core.errors import KehuError, ModelError
from src.core.files import digest, read_json, replacing_folder, write_json
from src.core.taxonomy import Wording
from src.features.spec import FeatureSpec
from src.models.calibration import Calibration, Floats
from src.models.decision import Costs, Indices, decide
from src.models.forms import Form, form_of, margin_names
from src.models.future_assets import FutureAssets
from src.models.ordered_calibration import calibration_from_json
from src.models.prediction_sets import Members, PredictionSets
from src.models.predictors import Predictor, load_predictor

SUMS = "SHA256SUMS"
FORMAT = 1
_VERSION_DIGITS = 12
_REMEDY = "Restore the bundle from the pipeline's output or run `dvc repro` to write it anew."


@dataclass(frozen=True)
class Bundle:
    """All that scoring one task needs.

    classes: in their order, lowest first; `form` and `margin_names` tell what the predictor's
    margins say of them. card: facts of the training (split, rounds, parameters, rows, hashes of the
    data), plain JSON: no clock times, machines or revisions, so that the same training on another
    machine writes the same card. costs: costs[actual][decided], by which `decided` chooses; empty:
    every mistake costs 1. assets: what the customer is expected to hold, of the value tier where
    the source tells amounts. sets: of classes that hold the true one with a stated chance.
    """

    task: str
    classes: tuple[str, ...]
    wordings: Mapping[str, Wording]
    spec: FeatureSpec
    predictor: Predictor
    calibration: Calibration
    card: Mapping[str, Any]
    costs: Costs = ()
    assets: FutureAssets | None = None
    sets: PredictionSets | None = None

    def __post_init__(self) -> None:
        if tuple(self.spec.names) != tuple(self.predictor.features):
            differing = sorted(set(self.spec.names) ^ set(self.predictor.features))
            raise ModelError(
                f"bundle of {self.task}: the model's features and the spec's differ in "
                f"{', '.join(differing[:5]) or 'their order'}. {_REMEDY}"
            )
        if self.predictor.outputs != self.calibration.margins:
            raise ModelError(
                f"bundle of {self.task}: the model gives {self.predictor.outputs} margins; "
                f"expected {self.calibration.margins}, which the calibration takes. {_REMEDY}"
            )
        if len(self.classes) != self.calibration.classes:
            raise ModelError(
                f"bundle of {self.task}: the calibration tells {self.calibration.classes} classes "
                f"apart; expected {len(self.classes)}: {', '.join(self.classes)}. {_REMEDY}"
            )

    @property
    def needed(self) -> tuple[str, ...]:
        """All features that scoring reads: the spec's, and those of the expected assets."""
        more = self.assets.spec.names if self.assets else ()
        return tuple(dict.fromkeys((*self.spec.names, *more)))

    @property
    def form(self) -> Form:
        """How the margins stand for the classes (src/models/forms.py)."""
        return form_of(self.calibration)

    @property
    def margin_names(self) -> tuple[str, ...]:
        """The class that each margin speaks of."""
        return margin_names(self.form, self.classes)

    def matrix(self, X: pd.DataFrame) -> Floats:
        """(n, f) float64 of the spec's features in their order. Raises ModelError if one lacks."""
        missing = [name for name in self.spec.names if name not in X.columns]
        if missing:
            raise ModelError(
                f"bundle of {self.task}: {len(missing)} features are missing, such as "
                f"{', '.join(missing[:5])}; expected all of the bundle's spec. "
                "Compute them with build_features(ledger, spine, bundle.spec)."
            )
        return X[list(self.spec.names)].to_numpy(dtype=np.float64, na_value=np.nan)

    def margins(self, X: pd.DataFrame) -> Floats:
        """(n, m) margins before calibration, one for each of `margin_names`."""
        return self.predictor.margins(self.matrix(X))

    def contributions(self, X: pd.DataFrame) -> Floats:
        """(n, m, f + 1) shares of the margins, last the base; they add up to the margins."""
        return self.predictor.contributions(self.matrix(X))

    def probabilities(self, X: pd.DataFrame) -> Floats:
        """(n, k) calibrated probabilities in the order of `classes`."""
        return self.calibration.probabilities(self.margins(X))

    def decided(self, probabilities: Floats) -> Indices:
        """(n,) index of the class of least expected cost, of (n, k) probabilities."""
        return decide(probabilities, self.costs)

    def members(self, probabilities: Floats) -> Members:
        """(n, k) which classes are in each row's prediction set; the decided one always is."""
        decided = self.decided(probabilities)
        if self.sets is None:
            alone: Members = np.arange(len(self.classes)) == decided[:, None]
            return alone
        return self.sets.members(probabilities, decided)

    @cached_property
    def version(self) -> str:
        """The first 12 hex digits of the SHA-256 of the bundle's checksums: it names content."""
        with tempfile.TemporaryDirectory() as folder:
            _write(self, Path(folder))
            return _version_of((Path(folder) / SUMS).read_bytes())

    @cached_property
    def fingerprint(self) -> str:
        """The same of what it answers with, without card.json: features, model, calibration. Two
        trainings that end in the same model share it."""
        with tempfile.TemporaryDirectory() as folder:
            _write(self, Path(folder))
            lines = (Path(folder) / SUMS).read_bytes().splitlines(keepends=True)
            return _version_of(b"".join(x for x in lines if not x.endswith(b"  card.json\n")))


def save_bundle(bundle: Bundle, folder: Path) -> None:
    """Write the bundle's files and their checksums, aside and then renamed."""
    with replacing_folder(folder) as aside:
        _write(bundle, aside)


def load_bundle(folder: Path) -> Bundle:
    """Read what `save_bundle` wrote.

    Raises ModelError if a file is missing, added, damaged or of another format.
    """
    _verify(folder)
    card = _read(folder / "card.json")
    if card.get("format") != FORMAT:
        raise ModelError(
            f"{folder / 'card.json'}: found format {card.get('format')!r}; expected {FORMAT}. "
            "Train the model anew with this version of Kehu, or serve it with the older one."
        )
    try:
        wordings = {name: Wording(**texts) for name, texts in card["wordings"].items()}
        spec = FeatureSpec.from_json(_read(folder / "features.json"))
        return Bundle(
            task=card["task"],
            classes=tuple(card["classes"]),
            wordings=wordings,
            spec=spec,
            predictor=load_predictor(card["kind"], folder),
            calibration=calibration_from_json(_read(folder / "calibration.json")),
            card=card["training"],
            costs=tuple(tuple(row) for row in card.get("costs", [])),
            assets=FutureAssets.from_files(folder),
            sets=PredictionSets.from_files(folder),
        )
    except KeyError as error:
        raise ModelError(f"{folder / 'card.json'}: key {error} is missing. {_REMEDY}") from error


def _write(bundle: Bundle, folder: Path) -> None:
    card = {
        "format": FORMAT,
        "task": bundle.task,
        "kind": bundle.predictor.kind,
        "classes": list(bundle.classes),
        "wordings": {name: bundle.wordings[name].model_dump() for name in bundle.classes},
        "costs": bundle.costs,
        "training": dict(bundle.card),
    }
    write_json(folder / "card.json", card)
    write_json(folder / "calibration.json", bundle.calibration.to_json())
    write_json(folder / "features.json", bundle.spec.to_json())
    bundle.predictor.to_files(folder)
    if bundle.assets:
        bundle.assets.to_files(folder)
    if bundle.sets:
        bundle.sets.to_files(folder)
    lines = [f"{digest(path)}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def _version_of(sums: bytes) -> str:
    return hashlib.sha256(sums).hexdigest()[:_VERSION_DIGITS]


def _verify(folder: Path) -> None:
    """Raise ModelError unless the folder holds exactly the files of SHA256SUMS, unchanged."""
    sums = folder / SUMS
    if not sums.is_file():
        raise ModelError(f"{sums}: no such file; expected a model bundle. {_REMEDY}")
    expected = {}
    for number, line in enumerate(sums.read_text(encoding="utf-8").splitlines(), start=1):
        checksum, separator, name = line.partition("  ")
        if not separator or Path(name).name != name:
            raise ModelError(f"{sums}:{number}: found {line!r}; expected 'digest  file'. {_REMEDY}")
        expected[name] = checksum
    found = {path.name for path in folder.iterdir()} - {SUMS}
    for name in sorted(found - set(expected)):
        raise ModelError(f"{folder / name}: not listed in {SUMS}. Take the file away. {_REMEDY}")
    for name, checksum in sorted(expected.items()):
        path = folder / name
        if not path.is_file():
            raise ModelError(f"{path}: no such file, though {SUMS} lists it. {_REMEDY}")
        if (actual := digest(path)) != checksum:
            raise ModelError(
                f"{path}: its SHA-256 is {actual[:12]}…; expected {checksum[:12]}… of {SUMS}: "
                f"the file was changed or damaged. {_REMEDY}"
            )


def _read(path: Path) -> dict[str, Any]:
    try:
        content = read_json(path)
    except KehuError as error:
        raise ModelError(str(error)) from error
    if not isinstance(content, dict):
        raise ModelError(
            f"{path}: found {type(content).__name__}; expected a JSON object. {_REMEDY}"
        )
    return content
