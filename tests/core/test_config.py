"""Settings are closed and frozen, and each fault names its file, its key and the remedy."""

import pytest
from pydantic import PositiveInt, ValidationError, model_validator

from src.core.config import Settings, load_settings, parse_settings, read_yaml
from src.core.errors import ConfigError


class Inner(Settings):
    rounds: PositiveInt
    threads: PositiveInt = 1


class Range(Settings):
    low: int
    high: int

    @model_validator(mode="after")
    def _rising(self):
        if self.low >= self.high:
            raise ValueError(f"low should be below high, found {self.low} and {self.high}")
        return self


class Outer(Settings):
    seed: int
    search: Inner
    range: Range | None = None
    stages: tuple[Inner, ...] = ()
    optional: Inner | None = None


GOOD = {"seed": 1, "search": {"rounds": 5}}


def written(tmp_path, text):
    path = tmp_path / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def fault(content):
    with pytest.raises(ConfigError) as caught:
        parse_settings(content, Outer, where="settings.yaml")
    return str(caught.value)


def test_a_good_file_becomes_a_typed_model(tmp_path):
    path = written(tmp_path, "seed: 7\nsearch: {rounds: 5}\n")
    assert load_settings(path, Outer) == Outer(seed=7, search=Inner(rounds=5))


def test_settings_never_change_after_load():
    settings = parse_settings(GOOD, Outer, where="x")
    with pytest.raises(ValidationError):
        settings.seed = 2  # type: ignore[misc]


def test_a_misspelt_key_at_the_top_names_the_nearest():
    assert fault({**GOOD, "sede": 3}) == "settings.yaml: unknown key 'sede'. Did you mean 'seed'?"


def test_a_misspelt_nested_key_names_its_path_and_the_nearest_at_its_own_level():
    message = fault({"seed": 1, "search": {"rounds": 5, "treads": 2}})
    assert message == "settings.yaml: unknown key 'search.treads'. Did you mean 'threads'?"


def test_a_misspelt_key_inside_a_list_names_the_position():
    message = fault({**GOOD, "stages": [{"rounds": 1}, {"rounds": 2, "thread": 2}]})
    assert message == "settings.yaml: unknown key 'stages.1.thread'. Did you mean 'threads'?"


def test_a_misspelt_key_inside_an_optional_section_names_the_nearest():
    assert "'optional.round'. Did you mean 'rounds'?" in fault(
        {**GOOD, "optional": {"rounds": 1, "round": 2}}
    )


def test_an_unknown_key_like_no_other_lists_the_known_ones():
    assert fault({**GOOD, "zzz": 1}).endswith("Known: optional, range, search, seed, stages.")


def test_a_missing_key_is_named():
    assert fault({"seed": 1}) == "settings.yaml: key 'search' is missing. Add it."


def test_a_wrong_type_says_what_was_found_and_what_was_expected():
    message = fault({"seed": "many", "search": {"rounds": 0}})
    assert "'seed' has 'many'; expected: Input should be a valid integer" in message
    assert "'search.rounds' has 0; expected: Input should be greater than 0" in message


def test_a_broken_rule_speaks_for_itself_without_the_whole_section_around_it():
    message = fault({**GOOD, "range": {"low": 2, "high": 1}})
    assert message == "settings.yaml: 'range': low should be below high, found 2 and 1."


def test_a_long_value_is_cut():
    message = fault({**GOOD, "seed": ["a long value"] * 50})
    assert len(message) < 200
    assert "['a long value'" in message


def test_a_misspelt_key_is_named_before_the_one_missing_for_it():
    message = fault({"sede": 1, "search": GOOD["search"]})
    assert message.index("Did you mean 'seed'?") < message.index("'seed' is missing")


def test_all_faults_come_in_one_message():
    message = fault({"sede": 1, "search": {"rounds": -1}})
    assert all(part in message for part in ("'seed' is missing", "'sede'", "'search.rounds'"))


def test_a_missing_file_says_where_to_run(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: no such file.*top folder"):
        load_settings(tmp_path / "nowhere.yaml", Outer)


def test_broken_yaml_names_the_file_and_the_line(tmp_path):
    with pytest.raises(ConfigError, match=r"settings\.yaml:2:9: not readable as YAML") as caught:
        read_yaml(written(tmp_path, "seed: 1\n  search: 5\n"))
    assert "\n" not in str(caught.value)


def test_bytes_that_are_not_text_are_a_config_error(tmp_path):
    path = tmp_path / "settings.yaml"
    path.write_bytes(b"seed: \xff\xfe\x00")
    with pytest.raises(ConfigError, match="not readable as YAML"):
        read_yaml(path)


@pytest.mark.parametrize("text", ["", "- 1\n- 2\n", "just words\n"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path, text):
    with pytest.raises(ConfigError, match="expected a mapping of keys to values"):
        load_settings(written(tmp_path, text), Outer)


def test_yaml_cannot_run_code(tmp_path):
    path = written(tmp_path, "seed: !!python/object/apply:os.getcwd []\n")
    with pytest.raises(ConfigError, match="not readable as YAML"):
        read_yaml(path)
