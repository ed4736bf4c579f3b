"""One promoted bank and one real BentoML server for the whole session."""

import pytest

from src.serving.scorer import open_scorer
from tests.support.serving import served_bank as bank
from tests.support.serving.bento_server import serving


@pytest.fixture(scope="session")
def promoted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bank")
    features, bundles, manifest = bank.promote(folder)
    return folder / "bundle", features, bundles, manifest


@pytest.fixture(scope="session")
def scorer(promoted):
    return open_scorer(promoted[0])


@pytest.fixture(scope="session")
def endpoint(promoted, tmp_path_factory):
    with serving(promoted[0], tmp_path_factory.mktemp("server")) as running:
        yield running
