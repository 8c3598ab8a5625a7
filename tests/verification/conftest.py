"""Fixtures of the client's tests."""

from collections.abc import Iterator

import pytest

from tests.verification.fake_server import MODEL, FakeServer, fake_server
from verification import Client, Retry

QUICK = Retry(attempts=4, first_seconds=0.001, longest_seconds=0.002)


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with fake_server() as running:
        yield running


@pytest.fixture(params=["rest", "grpc"])
def client(request: pytest.FixtureRequest, fake: FakeServer) -> Iterator[Client]:
    with Client(getattr(fake, request.param), MODEL, retry=QUICK) as made:
        yield made
