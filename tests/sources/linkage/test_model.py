import pytest

from src.core.config import parse_settings
from src.core.errors import ConfigError
from src.sources.linkage.model import LinkageModel, load_linkage
from src.sources.linkage.train import write_linkage


def changed(model, **changes):
    return parse_settings(model.model_dump() | changes, LinkageModel, where="linkage.yaml")


def test_the_projects_model_is_trained_in_every_level(model):
    graded = [level for comparison in model.comparisons for level in comparison.levels[1:]]
    assert all(level.m and level.u for level in graded)


def test_levels_are_worth_less_the_less_they_agree(model):
    for comparison in model.comparisons:
        assert comparison.levels[1].weight > 8
        assert comparison.levels[-1].weight < 0


def test_what_is_written_is_read_back_unchanged(model, tmp_path):
    write_linkage(tmp_path / "linkage.yaml", model)
    assert load_linkage(tmp_path / "linkage.yaml") == model


def test_a_misspelt_key_names_its_nearest(model):
    with pytest.raises(ConfigError, match=r"unknown key 'treshold'. Did you mean 'threshold'"):
        changed(model, treshold=0.5)


def test_levels_must_start_with_missing_and_end_without_condition(model):
    name = model.comparisons[0].model_dump()
    for levels in (name["levels"][1:], name["levels"][:-1]):
        with pytest.raises(ConfigError, match="level"):
            changed(model, comparisons=[name | {"levels": levels}])


def test_m_without_u_is_an_error(model):
    name = model.comparisons[0].model_dump()
    name["levels"][1]["u"] = None
    with pytest.raises(ConfigError, match="m and u together"):
        changed(model, comparisons=[name])


def test_a_name_stands_once(model):
    with pytest.raises(ConfigError, match="stands twice"):
        changed(model, blocking=[rule.model_dump() for rule in model.blocking] * 2)
