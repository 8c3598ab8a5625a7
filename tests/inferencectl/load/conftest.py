from collections.abc import Iterator

import pytest

from tests.inferencectl.load.faulty_model import FaultyModel, faulty_model


@pytest.fixture
def server() -> Iterator[FaultyModel]:
    with faulty_model() as running:
        yield running
