"""The stages write the report whatever it says; then the gate lets the next stages run, or not."""

import shutil

import pytest
import yaml

from src.core.errors import QualityError
from src.core.files import read_json
from src.pipeline import gate, quality
from tests.support.quality.gate_damage import lose_regions
from tests.support.quality.measuring import PROJECT
from tests.support.quality.sound_bank import sound_bank


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with the configuration, low borders, and a source `berka` of sound data."""
    shutil.copytree(PROJECT / "configs", tmp_path / "configs")
    content = yaml.safe_load((PROJECT / "params.yaml").read_text("utf-8"))
    content["quality"] |= {"min_rows_judged": 5}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(content | {"source": "berka"}), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_sound_delivery_passes_the_gate(project):
    sound_bank().write(project / "data")
    quality.main()
    gate.main()
    assert read_json(project / "data" / "gate.json") == {"quality": "passed"}
    assert read_json(project / "data" / "quality" / "quality.json")["passed"] is True


def test_a_failing_delivery_can_be_read_and_goes_no_further(project):
    world = sound_bank()
    lose_regions(world)
    world.write(project / "data")
    quality.main()
    with pytest.raises(QualityError, match=r"customers\.region"):
        gate.main()
    assert not (project / "data" / "gate.json").exists()
    report = (project / "data" / "reports" / "data_quality.html").read_text("utf-8")
    assert "customers.region" in report
