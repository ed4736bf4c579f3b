"""An erasure under way names the customers for its owner alone; its proof names nobody."""

import json

import pytest

from src.core.config import parse_settings
from src.core.errors import ConfigError
from src.core.params.operation import EraseParams
from src.pipeline.operations.learned import Learned
from src.pipeline.operations.proof import Proof, policy, retrain_by, save_proof, told_models
from src.pipeline.operations.under_way import UnderWay, load_under_way, save_under_way
from src.privacy.erased import Erased
from src.privacy.erasure import Erasure
from tests.support.privacy.two_system_bank import KEY

SERVED = Learned("churn", "abc123", "2", served=True, customers=1, rows=14, sure=True)
RETIRED = Learned("churn", "def456", "1", served=False, customers=1, rows=9, sure=True)
RETRAIN = EraseParams(learned_models="retrain", retrain_within_days=30, reason=None)
KEEP = EraseParams(learned_models="keep", retrain_within_days=30, reason="aggregates alone")
BEGUN = "2026-01-05T10:00:00+00:00"
ERASURE = Erasure(
    source="bank",
    customers=("K1",),
    pseudonyms=("K1", "K0"),
    references=("crm:C1",),
    records=(("crm", "C1"),),
    accounts=("62170001",),
    account_ids=("A1",),
    details={"name": ("王伟",), "phone": ()},
)
UNDER_WAY = UnderWay(ERASURE, ("C1",), BEGUN, {"a.csv": 2}, {"customers": 1}, "0f", (SERVED,))


def proof_of(models, params) -> Proof:
    by = retrain_by(params, BEGUN, models)
    return Proof(
        source="bank",
        begun=BEGUN,
        at="2026-01-05T10:07:00+00:00",
        customers=Erased(KEY).hashes_of(ERASURE.customers),
        raw_rows=2,
        raw_files=1,
        ledger_rows=1,
        release_before="0f",
        release="1f",
        done=["removed x"],
        files=7,
        models=models,
        policy=policy(params, by),
        retrain_by=by,
        not_reached=told_models(models, policy(params, by)),
    )


def test_an_erasure_under_way_is_kept_for_its_owners_eyes_alone(tmp_path):
    path = tmp_path / ".kehu/erasing.json"
    assert load_under_way(path) is None
    save_under_way(UNDER_WAY, path)
    assert load_under_way(path) == UNDER_WAY
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert "王伟" not in repr(UNDER_WAY)


@pytest.mark.parametrize(
    ("names", "same"),
    [(["C1"], True), (["K0", "crm:C1"], True), ([], True), (["C1", "C2"], False), (["K2"], False)],
)
def test_the_same_customers_are_known_by_whichever_name_they_are_given(names, same):
    assert UNDER_WAY.is_of(names) == same


def test_a_proof_tells_what_was_done_and_names_nobody(tmp_path):
    proof = proof_of((SERVED, RETIRED), RETRAIN)
    path = save_proof(proof, tmp_path)
    assert path.name == "2026-01-05T100700Z.json"
    content = json.loads(path.read_text("utf-8"))
    assert content == json.loads(json.dumps(proof.to_json()))
    for named in ("K1", "K0", "C1", "62170001", "王伟", "A1"):
        assert f'"{named}"' not in path.read_text("utf-8")
    listed = Erased(KEY).with_customer("bank", ["K1"], [], []).customers
    assert set(content["customers"]) == listed  # whoever has the key can ask for a customer
    said = str(proof)
    assert "Nothing found of the customer in 7 files." in said
    assert "- the model churn abc123 (served, version 2 in MLflow) learned from 14 rows" in said


def test_by_default_served_models_are_to_be_replaced_by_a_date():
    proof = proof_of((SERVED, RETIRED), RETRAIN)
    assert proof.retrain_by == "2026-02-04"
    assert "are to be replaced by 2026-02-04; `kehu promote` decides" in proof.policy


def test_models_that_are_not_served_need_not_be_replaced_and_are_named_all_the_same():
    proof = proof_of((RETIRED,), RETRAIN)
    assert proof.retrain_by == ""
    assert "churn def456 (not served, version 1 in MLflow)" in str(proof)


def test_models_that_are_kept_are_named_with_the_reason():
    proof = proof_of((SERVED,), KEEP)
    assert proof.retrain_by == ""
    assert "these models stay, because aggregates alone" in str(proof)
    assert "churn abc123" in str(proof)


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_models_are_not_kept_without_a_reason(reason):
    content = {"learned_models": "keep", "retrain_within_days": 30, "reason": reason}
    with pytest.raises(ConfigError, match="learned_models is 'keep' without a reason"):
        parse_settings(content, EraseParams, where="params.yaml")
