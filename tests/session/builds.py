"""Builds everything that the collected tests need before the first of them runs.

A first build takes minutes: here it shows progress, runs side by side with others, and counts against no test's time
limit. Of several worker processes one builds, and the others wait for it.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from filelock import FileLock

from inferencectl.sandbox.toolchain.builds import build_missing
from inferencectl.sandbox.toolchain.go_tool import GoTool
from inferencectl.sandbox.toolchain.toolchain import KARPENTER, KEDA, PROMETHEUS, TOOLS, cache_directory
from tests.environments import MLFLOW, TOOLS_IMAGE, TORCHSERVE, TRAINING, TRITON, Environment
from tests.session.scheduling import fixtures

Progress = Callable[[str], None]

_TOOLS: Mapping[str, Sequence[GoTool]] = {
    "tools": TOOLS,
    "karpenter": (KARPENTER,),
    "keda": (KEDA,),
    "prometheus": (PROMETHEUS,),
    "controllers": (KARPENTER, KEDA, PROMETHEUS),
}
"""What a fixture needs built, by the fixture's name."""

_ENVIRONMENTS: Mapping[str, Environment] = {
    "mlflow_python": MLFLOW,
    "tools_image_python": TOOLS_IMAGE,
    "torchserve_python": TORCHSERVE,
    "training_python": TRAINING,
    "triton_python": TRITON,
}
"""What a fixture needs installed, by the fixture's name."""


def pytest_collection_finish(session: pytest.Session) -> None:
    if session.config.option.collectonly:
        return
    used = {fixture for item in session.items for fixture in fixtures(item)}
    tools = {tool.name: tool for fixture in _TOOLS if fixture in used for tool in _TOOLS[fixture]}
    missing_tools = [tool for tool in tools.values() if not tool.is_cached(cache_directory())]
    environments = [each for fixture, each in _ENVIRONMENTS.items() if fixture in used and not each.is_installed]
    if not missing_tools and not environments:
        return
    cache_directory().mkdir(parents=True, exist_ok=True)
    with FileLock(cache_directory() / "tests.lock"), _progress(session.config) as progress:
        _make(missing_tools, environments, progress)


def _make(tools: Sequence[GoTool], environments: Sequence[Environment], progress: Progress) -> None:
    # One installation at a time: it is the network and the disk that limit it, and the compilers need the processors.
    with ThreadPoolExecutor(1) as pool:
        installed = [pool.submit(_install, environment, progress) for environment in environments]
        try:
            build_missing(tools, cache_directory(), progress)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        for each in installed:
            each.result()


def _install(environment: Environment, progress: Progress) -> None:
    if not environment.is_installed:
        progress(f"installing the Python environment {environment.name}")
        environment.python()
        progress(f"installed the Python environment {environment.name}")


@contextmanager
def _progress(config: pytest.Config) -> Iterator[Progress]:
    """A function that writes a line for the user, also from a worker, whose standard error is the terminal."""
    capture: Any = config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled():
        yield lambda message: print(message, file=sys.stderr, flush=True)  # noqa: T201
