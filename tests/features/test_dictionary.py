import re
import subprocess
import sys
from pathlib import Path

from src.features.dictionary import feature_dictionary
from src.features.spec import load_catalogue

SHIPPED = Path("configs/features.yaml")


def test_the_written_dictionary_is_what_the_catalogue_generates():
    written = Path("configs/FEATURES.md").read_text(encoding="utf-8")
    assert written == feature_dictionary(SHIPPED), (
        "run: python -m src.features dictionary > configs/FEATURES.md"
    )


def test_every_feature_has_its_line():
    text = feature_dictionary(SHIPPED)
    lines = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert sorted(lines) == sorted(load_catalogue(SHIPPED).names)


def test_the_command_prints_it_and_names_a_missing_catalogue():
    command = [sys.executable, "-m", "src.features", "dictionary"]
    missing = subprocess.run(
        [*command, "--catalogue", "nowhere.yaml"], capture_output=True, text=True, check=False
    )
    assert missing.returncode == 1
    assert missing.stderr.startswith("error: nowhere.yaml: no such file")
    found = subprocess.run(command, capture_output=True, check=True)
    assert found.stdout.decode() == feature_dictionary(SHIPPED)
