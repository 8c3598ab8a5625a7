from collections.abc import Iterator
from pathlib import Path

import pytest

from inferencectl.sandbox.toolchain.toolchain import K6, ensure_tool
from tests.inferencectl.load.faulty_model import FaultyModel, faulty_model


@pytest.fixture(scope="session")
def k6() -> Path:
    """The load generator."""
    return ensure_tool(K6, lambda _: None) / "k6"


@pytest.fixture
def server() -> Iterator[FaultyModel]:
    with faulty_model() as running:
        yield running
