"""One S3 server and one key pair for all tests of the registry; a registry of its own for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.registry.models import Bench, Keys, written
from tests.registry.s3_server import ENVIRONMENT, S3Server


@pytest.fixture(scope="session", autouse=True)
def credentials() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def server(credentials: None) -> Iterator[S3Server]:
    with S3Server().running() as running:
        yield running


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys.made_in(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def bench(server: S3Server, keys: Keys, tmp_path: Path) -> Iterator[Bench]:
    yield Bench.made(server, keys, written(tmp_path / "model"))
    server.let_all_pass()
