"""The example model as it is served: trained once for all tests, and kept for the next run."""

from pathlib import Path

import pytest

from inferencectl.sandbox.live.training import Training

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def trained(training_python: Path) -> Path:
    """The directory of the trained versions."""
    return Training(root=ROOT, python=training_python).trained(lambda _message: None)
