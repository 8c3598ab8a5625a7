"""The load that the tests of changes and of faults share."""

from collections.abc import Iterator

import pytest

from tests.live.entrance import Entrance, entered
from tests.live.published import published_again
from tests.live.under_load import UnderLoad, asked
from tests.live_stack import LiveCheckout

RATE = 20


@pytest.fixture(scope="module")
def under_load(live_stack: LiveCheckout) -> Iterator[UnderLoad]:
    with asked(live_stack, RATE, published_again(live_stack)) as made:
        yield made


@pytest.fixture
def stage(under_load: UnderLoad) -> UnderLoad:
    """Two ready pods of the first version."""
    under_load.deploy()
    under_load.settle()
    return under_load


@pytest.fixture(scope="module")
def entrance(live_stack: LiveCheckout) -> Iterator[Entrance]:
    """The model behind the gateway, with two published versions."""
    with entered(live_stack, published_again(live_stack)) as made:
        yield made
