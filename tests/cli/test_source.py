"""Which source a command works on."""

import pytest

from src.cli.source import chosen_source
from src.core.errors import ConfigError


def test_the_option_goes_before_the_variable_and_that_before_the_simulated_bank(monkeypatch):
    monkeypatch.delenv("KEHU_SOURCE", raising=False)
    assert chosen_source(None) == "simulated"
    monkeypatch.setenv("KEHU_SOURCE", "")
    assert chosen_source(None) == "simulated"
    monkeypatch.setenv("KEHU_SOURCE", "berka")
    assert chosen_source(None) == "berka"
    assert chosen_source("xiamen") == "xiamen"


def test_an_unknown_source_is_refused_with_the_nearest_one_and_where_it_was_named(monkeypatch):
    with pytest.raises(ConfigError, match=r"^'xiaman' is no source .* Did you mean 'xiamen'\?$"):
        chosen_source("xiaman")
    monkeypatch.setenv("KEHU_SOURCE", "berca")
    with pytest.raises(ConfigError, match=r"^\$KEHU_SOURCE: 'berca' .* Did you mean 'berka'\?$"):
        chosen_source(None)
