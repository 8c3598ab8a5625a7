"""A sampler of a stand-in for a model, as a process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sampler.references import written
from tests.sampler.running import Running, running
from tests.sampler.stand_in_model import StandInModel, standing_in


@pytest.fixture
def model() -> Iterator[StandInModel]:
    with standing_in() as served:
        yield served


@pytest.fixture
def sampler(model: StandInModel, tmp_path: Path) -> Iterator[Running]:
    with running(model, written(tmp_path)) as started:
        yield started
