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

from inferencectl.sandbox.images.ruby import ruby_command
from inferencectl.sandbox.search_engine import search_engine_files, why_no_search_engine
from inferencectl.sandbox.toolchain.builds import build_missing
from inferencectl.sandbox.toolchain.go_tool import GoTool
from inferencectl.sandbox.toolchain.node_tools import COREDNS, NODE_TOOLS
from inferencectl.sandbox.toolchain.toolchain import (
    ACTIONLINT,
    ALERTMANAGER,
    CONTROLLERS,
    FLAGGER,
    HELM,
    ISTIO,
    ISTIO_CHARTS,
    K6,
    KARPENTER,
    KEDA,
    PROMETHEUS,
    PROMETHEUS_OPERATOR,
    SLOTH,
    TOOLS,
    VERSITYGW,
    cache_directory,
)
from tests.environments import installed, is_installed
from tests.made_images import ensure_tested_images, why_no_images
from tests.session.scheduling import fixtures

Progress = Callable[[str], None]

_TOOLS: Mapping[str, Sequence[GoTool]] = {
    "tools": TOOLS,
    "real_nodes": (*NODE_TOOLS, COREDNS),
    "actionlint": (ACTIONLINT,),
    "alertmanager": (ALERTMANAGER,),
    "demo_alert": (ALERTMANAGER, PROMETHEUS, PROMETHEUS_OPERATOR),
    "entrance": (ISTIO,),
    "flagger": (FLAGGER,),
    "helm": (HELM,),
    "istio_charts": (ISTIO_CHARTS,),
    "istio_programs": (ISTIO,),
    "k6": (K6,),
    "karpenter": (KARPENTER,),
    "keda": (KEDA,),
    "led": (FLAGGER, ISTIO, KEDA, PROMETHEUS),
    "prometheus": (PROMETHEUS,),
    "prometheus_operator": (PROMETHEUS_OPERATOR,),
    "promtool": (PROMETHEUS,),
    "reconciled": (FLAGGER, PROMETHEUS, PROMETHEUS_OPERATOR),
    "sloth": (SLOTH,),
    "store_program": (VERSITYGW,),
    "controllers": CONTROLLERS,
}
"""What a fixture needs built, by the fixture's name. A node has most of its code in common with the control plane."""

_ENVIRONMENTS: Mapping[str, str] = {
    "mlflow_python": "mlflow-server",
    "tools_image_python": "tools",
    "torchserve_python": "torchserve-server",
    "training_python": "training",
    "triton_python": "triton-server",
}
"""The group of uv.lock that a fixture needs installed, by the fixture's name."""


def pytest_collection_finish(session: pytest.Session) -> None:
    if session.config.option.collectonly:
        return
    used = {fixture for item in session.items for fixture in fixtures(item)}
    tools = {tool.name: tool for fixture in _TOOLS if fixture in used for tool in _TOOLS[fixture]}
    missing_tools = [tool for tool in tools.values() if not tool.is_cached(cache_directory())]
    groups = [group for fixture, group in _ENVIRONMENTS.items() if fixture in used and not is_installed(group)]
    images = "made_images" in used and not why_no_images()
    ruby = "ruby" in used and not why_no_images()
    search_engine = "search_engine_of_tests" in used and not why_no_search_engine()
    if not any((missing_tools, groups, images, ruby, search_engine)):
        return
    cache_directory().mkdir(parents=True, exist_ok=True)
    with FileLock(cache_directory() / "tests.lock"), _progress(session.config) as progress:
        _make(missing_tools, groups, progress)
        if images:
            ensure_tested_images(progress)
        if ruby:
            ruby_command(progress)
        if search_engine:
            search_engine_files(progress)


def _make(tools: Sequence[GoTool], groups: Sequence[str], progress: Progress) -> None:
    # One installation at a time: it is the network and the disk that limit it, and the compilers need the processors.
    with ThreadPoolExecutor(1) as pool:
        installations = [pool.submit(_install, group, progress) for group in groups]
        try:
            build_missing(tools, cache_directory(), progress)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        for each in installations:
            each.result()


def _install(group: str, progress: Progress) -> None:
    # Checked again: another worker may have installed it meanwhile.
    if not is_installed(group):
        progress(f"installing the Python environment {group}")
        installed(group)
        progress(f"installed the Python environment {group}")


@contextmanager
def _progress(config: pytest.Config) -> Iterator[Progress]:
    """A function that writes a line for the user, also from a worker, whose standard error is the terminal."""
    capture: Any = config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled():
        yield lambda message: print(message, file=sys.stderr, flush=True)  # noqa: T201
