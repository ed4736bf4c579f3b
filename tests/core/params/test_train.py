from pathlib import Path

import pytest
import yaml

from src.core.config import parse_settings
from src.core.errors import ConfigError
from src.core.params.train import IntRange, TrainParams

SHIPPED = yaml.safe_load((Path(__file__).parents[3] / "params.yaml").read_text())["train"]


def changed(**space):
    return {**SHIPPED, "space": {**SHIPPED["space"], **space}}


def parsed(content):
    return parse_settings(content, TrainParams, where="params.yaml")


def test_the_shipped_space_names_every_searched_value_of_the_growth():
    space = parsed(SHIPPED).space
    assert set(space.ranges()) == set(SHIPPED["space"]) - {"features", "forms"}
    assert isinstance(space.ranges()["num_leaves"], IntRange)


@pytest.mark.parametrize(
    ("space", "complaint"),
    [
        ({"num_leafs": {"low": 2, "high": 3}}, r"unknown key 'space\.num_leafs'.*'num_leaves'"),
        ({"num_leaves": {"low": 9, "high": 3}}, r"low should not lie above high, found 9 to 3"),
        ({"lambda_l2": {"low": 0, "high": 1, "log": True}}, r"above 0 on a logarithmic scale"),
        ({"feature_fraction": {"low": 0.5, "high": 1.5}}, r"feature_fraction should lie between"),
        ({"num_leaves": {"low": 2.5, "high": 4}}, r"space\.num_leaves\.low.*valid integer"),
        ({"features": []}, r"space\.features"),
        ({"forms": ["multiclass"]}, r"forms should hold cumulative or latent"),
    ],
)
def test_a_space_that_can_not_be_searched_is_refused_with_what_was_found(space, complaint):
    with pytest.raises(ConfigError, match=complaint):
        parsed(changed(**space))
