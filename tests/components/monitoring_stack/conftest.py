"""The programs that judge rules."""

from pathlib import Path

import pytest

from inferencectl.sandbox.toolchain import toolchain


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
