"""Planned changes of the live stack lose no request, and neither do changes that go wrong.

A load of 20 requests a second over REST and 20 over gRPC goes through the model's stable address all the time. Clients
connect as the documentation tells them (docs/load.md).
"""

import os
import signal

import pytest

from inferencectl.stack_nodes import LIVE
from tests.inferencectl.checkout import finish
from tests.live.under_load import UnderLoad, assert_nothing_lost, soon_after
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
    before = {pod["metadata"]["uid"] for pod in stage.ready()}
    with stage.counted() as configuration:
        stage.deploy(logLevel=2)
        stage.settle()
    assert not before & {pod["metadata"]["uid"] for pod in stage.ready()}
    with stage.counted() as more:
        stage.deploy(logLevel=2, replicas=3)
        stage.settle(3)
        soon(lambda: min(map(stage.grpc_connections, stage.ready())) >= 5, "connections over gRPC follow the scale-out")
    with stage.counted() as fewer:
        stage.deploy(logLevel=2, replicas=1)
        stage.settle(1)
    assert_nothing_lost(configuration, more, fewer)


def test_a_version_that_fails_and_a_deployer_that_is_killed_lose_nothing(stage: UnderLoad) -> None:
    first, second = stage.versions
    number = int(str(second["version"])) + 1
    with stage.counted() as failing:
        stage.write([{**second, "version": number, "sha256": "0" * 64}])
        up = stage.live.checkout.start("up", "--stack", LIVE)
        try:
            soon_after(lambda: stage.has_failed(number), "the new version's files are refused")
        finally:
            os.killpg(up.pid, signal.SIGKILL)
            up.communicate()
    with stage.counted() as back:
        stage.deploy([first])
        stage.settle()
    assert_nothing_lost(failing, back)
    assert failing.report.versions == {str(first["version"])}


def test_two_deployers_at_once_lose_nothing(stage: UnderLoad) -> None:
    with stage.counted() as window:
        stage.write(stage.versions[1:])
        ups = [stage.live.checkout.start("up", "--stack", LIVE) for _ in range(2)]
        codes = sorted(finish(up).code for up in ups)
        stage.settle()
    assert codes[0] == 0
    assert_nothing_lost(window)
    assert str(stage.versions[1]["version"]) in window.report.versions
