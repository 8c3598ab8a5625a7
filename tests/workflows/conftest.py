"""The program that checks workflows."""

from pathlib import Path

import pytest

from inferencectl.sandbox.toolchain import toolchain


@pytest.fixture(scope="session")
def actionlint() -> Path:
    return toolchain.ensure_tool(toolchain.ACTIONLINT, lambda _: None) / "actionlint"
