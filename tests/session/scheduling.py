"""How tests are spread over worker processes: file by file, the longest first.

A file stays with one worker, so that what its module-scoped fixtures start is started once; folders whose tests share
something expensive stay together.
"""

import os
from typing import TYPE_CHECKING, Any

import psutil
import pytest

if TYPE_CHECKING:
    from xdist.scheduler import LoadGroupScheduling

WORKERS_PER_PROCESSOR = 2
"""More workers than processors, because a test of a cluster mostly waits for it."""

WORKER_BYTES = 2 * 1024**3
"""Memory for a worker, its control plane, and what its tests start."""

_MARKERS = {
    "tools": "control_plane",
    "real_nodes": "real_node",
    **dict.fromkeys(
        (
            *("controllers", "demo_alert", "flagger", "istio_programs", "k6", "karpenter", "keda", "prometheus"),
            *("prometheus_operator", "reconciled", "search_engine_of_tests", "store_program"),
        ),
        "controllers",
    ),
    **dict.fromkeys(
        ("mlflow_python", "tools_image_python", "torchserve_python", "training_python", "triton_python"), "environment"
    ),
    "made_images": "images",
    "ruby": "images",
}
"""The marker of every test that uses a fixture, by the fixture's name."""

REAL_NODE = "real_node"
"""The marker of tests of the real node: one worker runs them, so that they share one and the processors suffice."""

UNDIVIDED_FOLDERS = {
    "tests/privacy/subjects/": "tests/privacy/subjects/",
    "tests/training/": "tests/training/",
    "tests/inferencectl/sandbox/live/": REAL_NODE,
    "tests/inferencectl/sandbox/node/": REAL_NODE,
    "tests/live/": REAL_NODE,
}
"""Folders whose tests stay with one worker, and what the tests that stay together are called."""

_LONGEST_FIRST = (REAL_NODE, "slow", "early", "controllers", "images", "environment", "control_plane")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """The number of workers that `-n auto` means."""
    by_memory = psutil.virtual_memory().available // WORKER_BYTES
    return max(1, min(WORKERS_PER_PROCESSOR * (os.cpu_count() or 1), by_memory))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> "LoadGroupScheduling":
    # Not at the top: tests also run where xdist is missing or switched off.
    from xdist.scheduler import LoadGroupScheduling  # noqa: PLC0415

    class ByUnit(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit_of(super()._split_scope(nodeid))

    # The order of the queue is that of the collection.
    config.option.loadscopereorder = False
    return ByUnit(config, log)


def pytest_itemcollected(item: pytest.Item) -> None:
    for marker in sorted({_MARKERS[name] for name in fixtures(item) if name in _MARKERS}):
        item.add_marker(marker)
    if item.get_closest_marker(REAL_NODE) and unit_of(item.nodeid) != REAL_NODE:
        raise pytest.UsageError(f"{item.nodeid} needs the real node: put it into a folder of UNDIVIDED_FOLDERS")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        _put_longest_first(items)


def fixtures(item: pytest.Item) -> list[str]:
    """The names of all fixtures that a test uses, also indirectly."""
    return getattr(item, "fixturenames", [])


def unit_of(scope: str) -> str:
    """What stays with one worker: the file of a test that has the id `scope`, or more than that."""
    file = scope.partition("::")[0]
    return next((unit for folder, unit in UNDIVIDED_FOLDERS.items() if file.startswith(folder)), file)


def _put_longest_first(items: list[pytest.Item]) -> None:
    ranks: dict[str, int] = {}
    for item in items:
        unit = _unit(item)
        ranks[unit] = min(ranks.get(unit, len(_LONGEST_FIRST)), _rank(item))
    items.sort(key=lambda item: ranks[_unit(item)])


def _unit(item: pytest.Item) -> str:
    return unit_of(item.nodeid)


def _rank(item: pytest.Item) -> int:
    found = (rank for rank, name in enumerate(_LONGEST_FIRST) if item.get_closest_marker(name))
    return next(found, len(_LONGEST_FIRST))
