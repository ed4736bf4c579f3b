import pytest

from src.quality.figures.measures import Measures
from tests.support.quality.measuring import measured
from tests.support.quality.sound_bank import sound_bank


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Measures:
    """What is measured in the sound bank."""
    return measured(sound_bank(), tmp_path_factory.mktemp("sound"))
