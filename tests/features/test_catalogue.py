from pathlib import Path

import pytest
import yaml

from src.core.errors import ConfigError
from src.core.schemas import ASSET_CLASSES, INTERACTION_KINDS, TASKS, TRANSACTION_KINDS
from src.features.catalogue import offered
from src.features.spec import load_catalogue

SHIPPED = Path("configs/features.yaml")
FAMILY = {
    "group": "money",
    "unit": "money",
    "define": {"kind": "windowed", "measure": "inflow", "how": "sum"},
    "each": {"days": [30, 90], "only": ["salary"]},
    "wording": {"zh": "近{days}天{only}", "en": "{only} of {days} days"},
}


def written(folder, **changes):
    content = {
        "groups": {"money": {"zh": "资金", "en": "Money"}},
        "filters": {
            "salary": {"wording": {"zh": "工资", "en": "salary"}, "categories": ["salary"]}
        },
        "families": [{**FAMILY, **changes}],
    }
    path = folder / "features.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def test_a_family_becomes_one_feature_per_combination_with_its_wording(tmp_path):
    features, _ = offered(written(tmp_path))
    assert [f.name for f in features] == ["salary_inflow_sum_30d", "salary_inflow_sum_90d"]
    assert features[0].wording.zh == "近30天工资"
    assert features[1].wording.en == "salary of 90 days"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gruop": "money"}, "unknown key 'families.0.gruop'. Did you mean 'group'"),
        ({"group": "mony"}, "unknown group 'mony'. Did you mean 'money'"),
        (
            {"each": {"days": [30], "only": ["salry"]}},
            "unknown filter 'salry'. Did you mean 'salary'",
        ),
        ({"each": {"day": [30]}}, "unknown key 'day'. Did you mean 'days'"),
        ({"wording": {"zh": "{dys}", "en": ""}}, "'{dys}' names 'dys'"),
        ({"wording": {"zh": "", "en": "{"}}, "'{' has braces that can't be filled"),
        ({"define": {"kind": "mix", "of": "x", "parts": ["a_{dys}d"]}}, "'a_{dys}d' names 'dys'"),
        ({"direction": {"churns": 1}}, "'churns' is no task. Did you mean 'churn'"),
    ],
)
def test_a_fault_is_refused_by_file_family_and_nearest_name(tmp_path, changes, message):
    with pytest.raises(ConfigError) as caught:
        load_catalogue(written(tmp_path, **changes))
    assert message in str(caught.value)
    assert "features.yaml" in str(caught.value)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"kinds": ["purchas"]}, "'purchas' is none of the ledger's. Did you mean 'purchase'"),
        ({"asset_classes": ["equities"]}, "'equities' is none of the ledger's. Did you mean"),
        ({"min_grade": 9}, "'filters.salary.min_grade' has 9"),
        ({"chanels": ["atm"]}, "unknown key 'filters.salary.chanels'"),
    ],
)
def test_a_filter_that_could_never_match_is_refused(tmp_path, condition, message):
    path = written(tmp_path)
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["filters"]["salary"].update(condition)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_catalogue(path)
    assert message in str(caught.value)


def test_the_shipped_catalogue_has_at_least_110_features_worded_in_both_languages():
    spec = load_catalogue(SHIPPED)
    assert len(spec) >= 110
    for feature in spec.features:
        for text in (feature.wording.zh, feature.wording.en):
            assert text.strip()
            assert not set("{}_") & set(text), feature.name
        assert set(feature.direction) <= set(TASKS)


def test_the_shipped_catalogue_uses_only_words_of_the_ledger():
    for entry in yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["filters"].values():
        kinds = set(TRANSACTION_KINDS) | set(INTERACTION_KINDS)
        assert set(entry.get("kinds", [])) <= kinds
        assert set(entry.get("asset_classes", [])) <= set(ASSET_CLASSES)


def test_no_feature_looks_at_gender_region_or_marital_status():
    text = SHIPPED.read_text(encoding="utf-8").split("groups:", 1)[1]
    for word in ("gender", "region", "marital", "occupation"):
        assert word not in text


def test_whether_a_rule_filled_a_profile_column_is_a_flag_of_the_shipped_catalogue():
    flags = [f for f in load_catalogue(SHIPPED).features if f.definition.kind == "imputed"]
    assert "birth_date_imputed" in [f.name for f in flags]
    assert {f.unit for f in flags} == {"flag"}
    assert "出生日期" in flags[0].wording.zh and "date of birth" in flags[0].wording.en
