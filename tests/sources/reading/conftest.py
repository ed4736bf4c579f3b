import pytest

from tests.support.sources.one_file import reading


@pytest.fixture
def files(tmp_path):
    with reading(tmp_path) as found:
        yield found
