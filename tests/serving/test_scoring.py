"""Batch scores: one row per customer, and no row depends on another."""

import shutil
from datetime import UTC

import numpy as np
import pyarrow as pa
import pytest

from src.core.errors import KehuError
from src.models.decision import decide
from src.serving.answers import task_score
from src.serving.faults import BadRequestError
from src.serving.requests import Customer, ScoreRequest
from src.serving.scorer import open_scorer
from src.serving.scoring import is_baseline, score_batch, scores_table
from src.serving.store import FOLDER, latest_rows
from tests.support.serving.asking import AT
from tests.support.serving.served_bank import AS_OF, CLASSES, serve_built


def test_a_rows_answer_does_not_depend_on_the_other_rows(served):
    features, bundles = served.features, served.bundles
    many = score_batch(features, bundles, reasons=3)
    for place in range(0, len(features), 17):
        one = score_batch(features.iloc[[place]], bundles, reasons=3)
        for task, scored in one.items():
            assert scored.probabilities[0].tolist() == many[task].probabilities[place].tolist()
            assert repr(scored.reasons[0]) == repr(many[task].reasons[place])  # nan is not nan


def test_the_table_of_scores_has_one_row_per_customer_with_all_that_the_endpoint_says(served):
    features, bundles = served.features, served.bundles
    rows = latest_rows(features)
    scores = score_batch(rows, bundles, reasons=2)
    table = scores_table(rows, scores)
    assert len(table) == len(rows)
    assert table["customer_id"].to_pylist() == rows["customer_id"].tolist()
    assert table.schema.field("as_of").type == pa.timestamp("us")
    for task, bundle in bundles.items():
        shares = np.column_stack([table[f"{task}_p_{name}"] for name in CLASSES[task]])
        assert shares.tolist() == scores[task].probabilities.tolist()
        decided = [CLASSES[task][i] for i in decide(shares, bundle.costs)]
        assert table[task].to_pylist() == decided
        sets = table[f"{task}_set"].to_pylist()
        assert all(name in inside for name, inside in zip(decided, sets, strict=True))
        assert set(table[f"{task}_version"].to_pylist()) == {bundle.version}
        assert all(len(reasons) == 2 for reasons in table[f"{task}_reasons"].to_pylist())


def test_who_has_to_be_asked_and_what_is_expected_stand_in_the_table(served):
    features, bundles = served.features, served.bundles
    rows = latest_rows(features)
    table = scores_table(rows, score_batch(rows, bundles, reasons=1)).to_pandas()
    ask = table["risk_appetite_set"].str.len() > 1
    assert table["risk_appetite_ask"].tolist() == ask.tolist()
    assert 0 < ask.mean() < 1
    assert "churn_ask" not in table
    assert (table["churn_set"].str.len() == 1).all()  # of a model without sets
    expected = bundles["risk_appetite"].assets.amounts(rows)
    names = ["risk_appetite_assets", "risk_appetite_assets_low", "risk_appetite_assets_high"]
    assert np.array_equal(table[names].to_numpy(), expected)


def test_known_customers_are_refused_at_an_instant_that_the_request_alone_names(scorer):
    known = [Customer(customer_id=name) for name in ("C0001", "C0002")]
    with pytest.raises(BadRequestError) as caught:
        scorer.score(ScoreRequest(customers=known, as_of="2024-01-01"))
    (fault,) = caught.value.faults
    assert (fault.status, fault.field, fault.found) == (422, "as_of", "2024-01-01T00:00:00")
    assert fault.expected == "2024-07-01T00:00:00, the snapshot that is served, or no as_of"
    answer = scorer.score(ScoreRequest(customers=known, as_of=AT))
    assert [customer.as_of for customer in answer.customers] == [AS_OF.replace(tzinfo=UTC)] * 2
    own = [Customer(customer_id=c.customer_id, as_of=AT) for c in known]
    assert scorer.score(ScoreRequest(customers=own, as_of="2024-01-01")) == answer


def test_that_no_reason_stands_out_is_noted_only_where_reasons_were_asked_for(served, scorer):
    features, bundles = served.features, served.bundles
    asked = [Customer(customer_id="C0003")]
    silent = scorer.score(ScoreRequest(customers=asked, reasons=0)).customers[0].scores
    assert [(score.reasons, score.note) for score in silent.values()] == [([], None)] * 2
    (churn,) = score_batch(features.iloc[:1], {"churn": bundles["churn"]}, reasons=0).values()
    noted = task_score(churn, 0, "en", asked=3).note  # as where three were sought and none found
    assert noted.en == (
        "No reason stands out: nothing known of this customer moves the score from the average."
    )


def test_it_is_told_whether_a_baseline_is_served(served):
    bundles = served.bundles
    assert {task: is_baseline(b) for task, b in bundles.items()} == {
        "risk_appetite": False,
        "churn": True,
    }


def test_a_model_of_another_version_than_the_manifest_names_is_not_served(served, tmp_path):
    built = tmp_path / "releases" / "built"
    shutil.copytree(served.release.folder / FOLDER, built / FOLDER)
    release = serve_built(built, served.bundles, tasks={"churn": {"version": "0" * 12}})
    with pytest.raises(KehuError, match=r"found version .* expected 000000000000"):
        open_scorer(release)
