"""One served bank and one real BentoML server for the whole session."""

import pytest

from src.serving.scorer import open_scorer
from tests.support.serving.bento_server import serving
from tests.support.serving.served_bank import SOURCE, serve_bank


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    return serve_bank(tmp_path_factory.mktemp("bank"))


@pytest.fixture(scope="session")
def scorer(served):
    return open_scorer(served.release)


@pytest.fixture(scope="session")
def endpoint(served, tmp_path_factory):
    with serving(served.data, SOURCE, tmp_path_factory.mktemp("server")) as running:
        yield running
