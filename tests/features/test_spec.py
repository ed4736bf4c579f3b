import json

import pytest

from src.core.errors import ConfigError, FeatureError
from src.features.definitions.conditions import Filter
from src.features.definitions.derived import Mix, Ratio
from src.features.definitions.events import Windowed
from src.features.definitions.kinds import DEFINITIONS
from src.features.feature import parse_definition
from src.features.spec import FeatureSpec
from tests.support.features.specs import SPEC, feature

INFLOW = Windowed(measure="inflow", how="sum", days=30)


def test_a_spec_survives_json_with_equal_digest():
    again = FeatureSpec.from_json(json.loads(json.dumps(SPEC.to_json())))
    assert again == SPEC
    assert again.names == SPEC.names


def test_the_test_spec_has_every_kind_of_definition():
    assert {f.definition.kind for f in SPEC.features} == set(DEFINITIONS)


def test_a_name_follows_from_the_definition():
    salary = Windowed(
        measure="inflow", how="sum", days=90, only=Filter(name="salary", categories=("salary",))
    )
    assert salary.name == "salary_inflow_sum_90d"
    assert Windowed(table="interactions", measure="rows", how="count", days=30).name == (
        "contacts_count_30d"
    )


def test_a_selection_keeps_what_it_is_computed_from_out_of_sight():
    chosen = SPEC.select(["flow_mix_used_to_holding_value"])
    assert chosen.names == ("flow_mix_used_to_holding_value",)
    assert {f.name for f in chosen.supporting} == {
        "flow_mix_used",
        "holding_value",
        "salary_inflow_sum_30d",
        "net_sum_90d",
    }
    assert FeatureSpec.from_json(chosen.to_json()) == chosen


def test_a_selection_of_a_selection_is_the_direct_selection():
    wide = SPEC.select(["flow_mix_used_to_holding_value", "net_sum_30d"])
    assert wide.select(["net_sum_30d"]) == SPEC.select(["net_sum_30d"])


def test_an_unknown_feature_is_refused_with_the_nearest_name():
    with pytest.raises(FeatureError, match="Did you mean 'net_sum_30d'"):
        SPEC["net_sum_30"]


def test_a_feature_defined_twice_is_refused():
    with pytest.raises(FeatureError, match="'inflow_sum_30d' is defined twice"):
        FeatureSpec([feature(INFLOW), feature(INFLOW)])


def test_a_part_that_is_not_defined_is_refused_with_the_nearest_name():
    ratio = Ratio(numerator="inflow_sum_30d", denominator="inflow_sum_90d")
    with pytest.raises(FeatureError, match="needs 'inflow_sum_90d', which is not defined"):
        FeatureSpec([feature(INFLOW), feature(ratio)])


def test_features_that_need_each_other_in_a_circle_are_refused():
    itself = Mix(of="a", how="used", parts=("a_mix_used", "a_mix_used"))
    with pytest.raises(FeatureError, match="in a circle: a_mix_used"):
        FeatureSpec([feature(itself)])


def test_the_digest_changes_with_anything_that_the_spec_says():
    base = feature(INFLOW)
    marked = base.model_copy(update={"sensitive": True})
    assert FeatureSpec([base]).digest != FeatureSpec([marked]).digest


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"kind": "windowd"}, "Did you mean 'windowed'"),
        ({"kind": "recency", "whch": "last"}, "unknown key 'whch'. Did you mean 'which'"),
        ({"kind": "windowed", "measure": "net", "how": "sum", "days": 0}, "greater than 0"),
        ({"kind": "holding", "how": "valu"}, "'how' has 'valu'"),
    ],
)
def test_a_malformed_definition_is_refused_by_key(content, message):
    with pytest.raises(ConfigError, match=message.replace(".", r"\.")):
        parse_definition(content, "here")
