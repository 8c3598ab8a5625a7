"""One key pair for all tests of the registry; a registry of its own for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.registry.models import Bench, Keys, written
from tests.s3_server import S3Server


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys.made_in(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def bench(s3_server: S3Server, keys: Keys, tmp_path: Path) -> Iterator[Bench]:
    yield Bench.made(s3_server, keys, written(tmp_path / "model"))
    s3_server.let_all_pass()
