"""params.yaml as shipped is valid, and every section is closed."""

from pathlib import Path

import pytest
import yaml

from src.core.errors import ConfigError
from src.core.params import Params, load_params

SHIPPED = Path(__file__).parents[3] / "params.yaml"


def changed(tmp_path, section, key, value):
    content = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    (content[section] if section else content)[key] = value
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def test_the_shipped_parameters_load_as_they_are_written():
    params = load_params(SHIPPED)
    written = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    assert params.model_dump(mode="json", exclude_unset=True) == written


def test_each_section_refuses_an_unknown_key(tmp_path):
    content = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    sections = [name for name, value in content.items() if isinstance(value, dict)]
    assert sections == [name for name in Params.model_fields if name in sections]
    assert set(Params.model_fields) - set(sections) == {"seed", "until", "taxonomy"}
    for section in [None, *sections]:
        with pytest.raises(ConfigError, match=r"unknown key .*not_a_key"):
            load_params(changed(tmp_path, section, "not_a_key", 1))


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("simulate", "customers", 0),
        ("simulate", "months", 11),
        ("simulate", "company_share", 1.5),
        ("train", "test_share", 1.0),
        ("train", "folds", 1),
        ("evaluate", "confidence", 0),
        ("promote", "max_additivity_residual", 0),
        ("explain", "reasons", 0),
        ("engine", "name", "oracle"),
        (None, "seed", -1),
    ],
)
def test_a_value_out_of_range_names_its_key_and_value(tmp_path, section, key, value):
    path = changed(tmp_path, section, key, value)
    name = f"{section}.{key}" if section else key
    with pytest.raises(ConfigError) as caught:
        load_params(path)
    assert f"{path}: '{name}' has {value!r}; expected" in str(caught.value)


def test_a_missing_file_is_one_clear_message(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        load_params(tmp_path / "params.yaml")
