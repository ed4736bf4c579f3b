import json

import numpy as np
import pandas as pd
import pytest

from src.core.errors import ModelError
from src.models.bundle import Bundle, load_bundle, save_bundle
from src.models.calibration import Isotonic, Scaling
from tests.models.test_predictors import KINDS, predictor
from tests.support.models.synthetic_tasks import CLASSES, spec_of, table, wordings_of


def bundle_of(kind: str, classes: int) -> Bundle:
    outputs = 1 if classes == 2 else classes
    return Bundle(
        task="churn" if classes == 2 else "value_tier",
        classes=CLASSES[classes],
        wordings=wordings_of(classes),
        spec=spec_of(8),
        predictor=predictor(kind, classes),
        calibration=Scaling((0.9,) * outputs, (0.1,) * outputs),
        card={"rounds": 10, "provenance": {"data": {"features": "0123"}}},
    )


def frame(classes: int) -> pd.DataFrame:
    rows = table(rows=40, classes=classes, seed=9)
    return pd.DataFrame(rows.X, columns=list(rows.names))


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_a_bundle_comes_back_to_the_bit(kind, classes, tmp_path):
    bundle = bundle_of(kind, classes)
    save_bundle(bundle, tmp_path / "one")
    again = load_bundle(tmp_path / "one")
    save_bundle(again, tmp_path / "two")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    X = frame(classes)
    assert np.array_equal(bundle.probabilities(X), again.probabilities(X))
    assert np.array_equal(bundle.contributions(X), again.contributions(X))
    assert bundle.version == again.version
    assert again.probabilities(X).shape == (40, classes)
    assert np.allclose(again.probabilities(X).sum(axis=1), 1)
    assert (again.card, again.classes) == (bundle.card, bundle.classes)
    assert again.wordings == bundle.wordings


def test_columns_are_found_by_name_whatever_their_order():
    bundle, X = bundle_of("lightgbm", 2), frame(2)
    shuffled = X[X.columns[::-1]].assign(customer_id="C1")
    assert np.array_equal(bundle.margins(X), bundle.margins(shuffled))
    with pytest.raises(ModelError, match="1 features are missing, such as inflow_sum_30d"):
        bundle.margins(X.drop(columns="inflow_sum_30d"))


@pytest.mark.parametrize("name", ["model.txt", "calibration.json", "features.json", "card.json"])
def test_a_changed_file_is_refused_by_name(name, tmp_path):
    save_bundle(bundle_of("lightgbm", 2), tmp_path / "b")
    path = tmp_path / "b" / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ModelError, match=f"{name}: its SHA-256 is .* was changed or damaged"):
        load_bundle(tmp_path / "b")


def test_a_missing_an_added_and_an_unlisted_file_are_refused(tmp_path):
    save_bundle(bundle_of("lightgbm", 2), tmp_path / "b")
    (tmp_path / "b" / "extra.pkl").write_text("x")
    with pytest.raises(ModelError, match=r"extra\.pkl: not listed"):
        load_bundle(tmp_path / "b")
    (tmp_path / "b" / "extra.pkl").unlink()
    (tmp_path / "b" / "model.txt").unlink()
    with pytest.raises(ModelError, match=r"model\.txt: no such file"):
        load_bundle(tmp_path / "b")
    with pytest.raises(ModelError, match=r"SHA256SUMS: no such file"):
        load_bundle(tmp_path / "nowhere")


def test_a_bundle_of_another_format_names_what_it_found(tmp_path):
    from src.core.files import digest

    save_bundle(bundle_of("rule", 2), tmp_path / "b")
    card = tmp_path / "b" / "card.json"
    before = digest(card)
    card.write_text(json.dumps(json.loads(card.read_text()) | {"format": 99}))
    sums = tmp_path / "b" / "SHA256SUMS"
    sums.write_text(sums.read_text().replace(before, digest(card)))
    with pytest.raises(ModelError, match="found format 99; expected 1"):
        load_bundle(tmp_path / "b")


def test_a_model_of_other_features_or_classes_is_refused():
    with pytest.raises(ModelError, match="differ in inflow_sum_37d"):
        Bundle(
            "churn",
            CLASSES[2],
            wordings_of(2),
            spec_of(7),
            predictor("rule", 2),
            Scaling((1.0,), (0.0,)),
            {},
        )
    with pytest.raises(ModelError, match="tells 2 classes apart; expected 3: low, middle, high"):
        Bundle(
            "risk_appetite",
            CLASSES[3],
            wordings_of(3),
            spec_of(8),
            predictor("rule", 2),
            Isotonic((0.0,), (0.5,)),
            {},
        )


def test_the_version_changes_with_the_content():
    assert bundle_of("rule", 2).version != bundle_of("base_rate", 2).version
    assert len(bundle_of("rule", 2).version) == 12
