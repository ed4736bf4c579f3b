"""The wordings are complete, typed and in step with the code that uses them."""

from pathlib import Path

import pytest
import yaml

from src.core.errors import ConfigError
from src.core.schemas import TASKS
from src.models.metrics import BINARY, ORDINAL
from src.reports.texts import load_texts
from tests.support.models.known_causes import WORDINGS_FILE

CATALOGUE = WORDINGS_FILE.parent / "features.yaml"


def test_every_task_yardstick_and_candidate_has_its_words():
    texts = load_texts(WORDINGS_FILE)
    assert set(texts.tasks) == set(TASKS)
    of_tasks = {figure.name for figure in (*BINARY, *ORDINAL)}
    assert set(texts.yardsticks) == of_tasks | {"cost"}  # by the costs of the taxonomy
    assert {BINARY[0].name, ORDINAL[0].name} <= set(texts.deciding)
    assert set(texts.candidates) == {"lightgbm", "logistic", "one_rule", "base_rate"}


def test_the_business_groups_are_those_of_the_catalogue():
    groups = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))["groups"]
    texts = load_texts(WORDINGS_FILE)
    assert {name: wording.model_dump() for name, wording in texts.groups.items()} == groups


def test_no_superseded_rule_is_cited():
    assert "11-7" not in WORDINGS_FILE.read_text(encoding="utf-8")


def test_a_misspelt_key_names_the_nearest(tmp_path):
    path = tmp_path / "wordings.yaml"
    text = WORDINGS_FILE.read_text(encoding="utf-8").replace("owner:", "ower:")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"unknown key 'ower'\. Did you mean 'owner'"):
        load_texts(path)


def test_a_name_without_words_is_printed_as_it_is():
    texts = load_texts(Path(WORDINGS_FILE))
    assert texts.group("night_sky").en == "night sky"
    assert texts.task("mood").zh == "mood"
