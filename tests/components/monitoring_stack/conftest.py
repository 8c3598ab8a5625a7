"""The programs that judge rules."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes.client import ApiClient

from inferencectl.sandbox.control_plane import Cluster
from inferencectl.sandbox.toolchain import toolchain
from tests.components.monitoring_stack.reconciled.rig import Reconciled
from tests.components.monitoring_stack.reconciled.rig import reconciled as running


@pytest.fixture(scope="session")
def promtool() -> Path:
    """Prometheus' own tester of rules."""
    return toolchain.ensure_tool(toolchain.PROMETHEUS, lambda _: None) / "promtool"


@pytest.fixture(scope="session")
def sloth() -> Path:
    """The generator that our objectives are held against."""
    return toolchain.ensure_tool(toolchain.SLOTH, lambda _: None) / "sloth"


@pytest.fixture(scope="session")
def alertmanager() -> Path:
    """The folder of Alertmanager and its tester of routes."""
    return toolchain.ensure_tool(toolchain.ALERTMANAGER, lambda _: None)


@pytest.fixture(scope="module")
def reconciled(
    control_plane: Cluster, api_client: ApiClient, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Reconciled]:
    """A real Prometheus on the configuration that a real prometheus-operator has written for two stacks."""
    with running(control_plane, api_client, tmp_path_factory.mktemp("rules")) as prometheus:
        yield prometheus
