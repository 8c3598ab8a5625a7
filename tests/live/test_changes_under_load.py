"""Planned changes of the live stack lose no request, and neither do changes that go wrong.

A load of 20 requests a second over REST and 20 over gRPC goes through the model's stable address all the time. Clients
connect as the documentation tells them (docs/load.md).
"""

import pytest

from tests.live.under_load import UnderLoad, assert_nothing_lost
from tests.waiting import soon

pytestmark = pytest.mark.slow("pods are replaced a dozen times under load")


def test_a_release_in_stages_and_its_rollback_lose_nothing(stage: UnderLoad) -> None:
    """A second version beside the first, other weights, the second alone, and the first again."""
    first, second = stage.versions
    with stage.counted() as beside:
        stage.deploy([{**first, "weight": 100}, {**second, "weight": 0}])
    with stage.counted() as weights:
        stage.deploy([{**first, "weight": 0}, {**second, "weight": 100}])
    with stage.counted() as alone:
        stage.deploy([second])
        stage.settle()
    with stage.counted() as rollback:
        stage.deploy([first])
        stage.settle()
    assert_nothing_lost(beside, weights, alone, rollback)
    numbers = [str(each["version"]) for each in stage.versions]
    assert beside.report.versions == {numbers[0]}
    assert numbers[1] in weights.report.versions | alone.report.versions
    assert rollback.report.versions == set(numbers)


def test_other_settings_and_numbers_of_replicas_lose_nothing(stage: UnderLoad) -> None:
    with stage.counted() as configuration:
        stage.deploy(logLevel=1)
        stage.settle()
    with stage.counted() as more:
        stage.deploy(logLevel=1, replicas=3)
        stage.settle(3)
        soon(lambda: min(map(stage.grpc_connections, stage.ready())) >= 5, "connections over gRPC follow the scale-out")
    with stage.counted() as fewer:
        stage.deploy(logLevel=1, replicas=1)
        stage.settle(1)
    assert_nothing_lost(configuration, more, fewer)
