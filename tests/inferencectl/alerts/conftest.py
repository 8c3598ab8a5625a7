"""An Alertmanager as `make alerts` finds it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from inferencectl.sandbox.controllers import Alertmanager
from inferencectl.sandbox.toolchain import toolchain

CONFIGURATION = """
route:
  receiver: "null"
  routes:
    - receiver: models-tiny/inference/pager
      group_by: [inference_model]
      group_wait: 0s
      matchers: ['namespace="models-tiny"', severity="critical"]
      continue: true
    - receiver: models-tiny/inference/Nobody
      group_wait: 0s
      matchers: ['namespace="models-tiny"', alertname="Watchdog"]
    - receiver: models-tiny/inference/chat
      group_by: [alertname, inference_model]
      group_wait: 0s
      matchers: ['namespace="models-tiny"']
inhibit_rules:
  - source_matchers: [severity="critical"]
    target_matchers: [severity="warning"]
    equal: [namespace, inference_model]
receivers:
  - name: "null"
  - name: models-tiny/inference/pager
  - name: models-tiny/inference/chat
  - name: models-tiny/inference/Nobody
"""


@pytest.fixture(scope="session")
def alertmanager() -> None:
    """Its program; tests/session/builds.py builds it."""
    toolchain.ensure_tool(toolchain.ALERTMANAGER, lambda _: None)


@pytest.fixture
def running(alertmanager: None, tmp_path: Path) -> Iterator[Alertmanager]:
    directory = tmp_path / "alertmanager"
    (directory / "logs").mkdir(parents=True)
    server = Alertmanager(directory)
    server.start(CONFIGURATION, lambda _: None)
    yield server
    server.stop()
