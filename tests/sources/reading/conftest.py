import pytest

from tests.sources.readings import reading


@pytest.fixture
def files(tmp_path):
    with reading(tmp_path) as found:
        yield found
