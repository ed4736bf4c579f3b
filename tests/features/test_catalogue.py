from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import yaml

from src.core.config import load_settings
from src.core.errors import ConfigError
from src.core.schemas import ASSET_CLASSES, INTERACTION_KINDS, LEDGER, TASKS, TRANSACTION_KINDS
from src.features.catalogue import EVIDENCE, Catalogue, offered
from src.features.dictionary import tables
from src.features.spec import load_candidates, load_catalogue
from tests.support.features.evidence import helpful

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
        ({"define": {"kind": "stage", "of": "life"}, "each": {}}, "unknown stage 'life'"),
    ],
)
def test_a_fault_is_refused_by_file_family_and_nearest_name(tmp_path, changes, message):
    with pytest.raises(ConfigError) as caught:
        load_catalogue(written(tmp_path, **changes))
    assert message in str(caught.value)
    assert "features.yaml" in str(caught.value)


def test_what_is_dropped_is_defined_and_not_offered(tmp_path):
    path = written(tmp_path)
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["families"].append(
        {
            **FAMILY,
            "each": {},
            "define": {
                "kind": "ratio",
                "numerator": "salary_inflow_sum_30d",
                "denominator": "salary_inflow_sum_90d",
            },
            "wording": {"zh": "比", "en": "ratio"},
        }
    )
    ratio = "salary_inflow_sum_30d_to_salary_inflow_sum_90d"
    path.write_text(
        yaml.safe_dump({**content, "dropped": ["salary_inflow_sum_30d"]}), encoding="utf-8"
    )
    spec = load_catalogue(path)
    assert spec.names == ("salary_inflow_sum_90d", ratio)
    assert [feature.name for feature in spec.supporting] == ["salary_inflow_sum_30d"]
    path.write_text(
        yaml.safe_dump({**content, "kept": {"salary_inflow_sum_9d": "why"}}), encoding="utf-8"
    )
    with pytest.raises(
        ConfigError, match=r"kept: unknown feature .salary_inflow_sum_9d.\. Did you mean"
    ):
        load_catalogue(path)


def test_a_stage_is_worded_by_its_classes(tmp_path):
    path = written(tmp_path)
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    classes = [
        {"code": 1, "when": {"salary_inflow_sum_30d": [None, 1]}},
        {"code": 2, "when": {"salary_inflow_sum_30d": [1, None]}},
    ]
    words = [{"zh": "无", "en": "none"}, {"zh": "有", "en": "some"}]
    content["stages"] = {
        "pay": [{**each, "wording": word} for each, word in zip(classes, words, strict=True)]
    }
    content["families"].append(
        {
            **FAMILY,
            "each": {},
            "define": {"kind": "stage", "of": "pay"},
            "wording": {"zh": "阶段（{classes}）", "en": "Stage ({classes})"},
        }
    )
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    stage = load_catalogue(path)["pay_stage"]
    assert stage.wording.en == "Stage (1 none, 2 some)"
    assert stage.definition.formula == (
        "1: `salary_inflow_sum_30d` < 1; 2: 1 <= `salary_inflow_sum_30d`"
    )


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


def test_the_shipped_catalogue_has_all_candidates_but_the_dropped_worded_in_both_languages():
    spec = load_catalogue(SHIPPED)
    dropped = load_settings(SHIPPED, Catalogue).dropped
    assert list(spec.names) == [n for n in load_candidates(SHIPPED).names if n not in dropped]
    for feature in spec.features:
        for text in (feature.wording.zh, feature.wording.en):
            assert text.strip()
            assert not set("{}_") & set(text), feature.name
        assert set(feature.direction) <= set(TASKS)


def test_no_two_features_read_alike():
    features = load_catalogue(SHIPPED).features
    for language in ("zh", "en"):
        texts = Counter(getattr(feature.wording, language) for feature in features)
        assert [text for text, times in texts.items() if times > 1] == []


def test_the_shipped_features_come_from_every_table_but_the_labels():
    spec = load_catalogue(SHIPPED)
    found = {table for feature in spec.features for table in tables(feature, spec)}
    assert found == set(LEDGER) - {"labels"}


def test_every_window_that_the_business_asks_for_is_offered():
    windows = {
        f.definition.days
        for f in load_catalogue(SHIPPED).features
        if f.definition.kind == "windowed"
    }
    assert windows == {7, 30, 90, 180, 365}


def test_a_feature_is_offered_because_it_helps_a_task_or_for_a_reason():
    spec = load_catalogue(SHIPPED)
    helping = helpful(pd.read_csv(EVIDENCE))
    kept = load_settings(SHIPPED, Catalogue).kept
    assert set(spec.names) - helping == set(kept)
    assert all(len(reason) > 20 for reason in kept.values())


def test_a_dropped_feature_helps_no_task_and_may_still_feed_others():
    spec = load_catalogue(SHIPPED)
    dropped = set(load_settings(SHIPPED, Catalogue).dropped)
    assert not dropped & helpful(pd.read_csv(EVIDENCE))
    assert not dropped & set(spec.names)
    assert {feature.name for feature in spec.supporting} <= dropped
    assert dropped | set(spec.names) == set(load_candidates(SHIPPED).names)


def test_what_is_told_from_the_age_is_sensitive():
    spec = load_candidates(SHIPPED)
    for feature in spec.features:
        told = {"age_years", "dependants"} & {feature.name, *feature.definition.needs}
        assert feature.sensitive == bool(told), feature.name


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
    filled = ("birth_date", "joined_on", "income_band", "dependants")
    assert [f.name for f in flags] == [f"{column}_imputed" for column in filled]
    assert {f.unit for f in flags} == {"flag"}
    assert "出生日期" in flags[0].wording.zh and "date of birth" in flags[0].wording.en
