import re
from pathlib import Path

from src.features.dictionary import feature_dictionary
from src.features.spec import load_catalogue

SHIPPED = Path("configs/features.yaml")


def test_the_written_dictionary_is_what_the_catalogue_generates():
    written = Path("configs/FEATURES.md").read_text(encoding="utf-8")
    assert written == feature_dictionary(SHIPPED), (
        "run: kehu features dictionary > configs/FEATURES.md"
    )


def test_every_feature_has_its_line():
    text = feature_dictionary(SHIPPED)
    lines = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert sorted(lines) == sorted(load_catalogue(SHIPPED).names)
