"""Runs work over objects in the order of their dependencies, concurrently where those allow it."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from graphlib import TopologicalSorter
from queue import Empty, SimpleQueue

from inferencectl.deployer.objects import KubernetesObject
from inferencectl.deployer.resources import WORKERS
from inferencectl.deployer.rollout import Rollout


def in_order(objects: Iterable[KubernetesObject], work: Callable[[KubernetesObject], bool], rollout: Rollout) -> None:
    """Call `work` once for every object, after its dependencies are done.

    `work` returns whether the object must become ready before it counts as done. The first error is raised, after the
    work in progress has finished; no further work is started.
    """
    by_urn = {item.urn: item for item in objects}
    sorter = TopologicalSorter({item.urn: item.dependencies for item in by_urn.values()})
    sorter.prepare()
    running: dict[Future[bool], KubernetesObject] = {}
    # A queue, because concurrent.futures.wait visits every running future for each one that ends.
    ended: SimpleQueue[Future[bool]] = SimpleQueue()
    pool = ThreadPoolExecutor(WORKERS)
    try:
        while sorter.is_active():
            for urn in sorter.get_ready():
                running[future := pool.submit(work, by_urn[urn])] = by_urn[urn]
                future.add_done_callback(ended.put)
            if running and (future := _next_ended(ended, rollout)):
                item = running.pop(future)
                if future.result():
                    rollout.start(item)
                else:
                    sorter.done(item.urn)
            elif not running:
                rollout.sleep()
            sorter.done(*rollout.poll())
    finally:
        pool.shutdown(cancel_futures=True)


def _next_ended(ended: SimpleQueue[Future[bool]], rollout: Rollout) -> Future[bool] | None:
    """Wait for some work to end, at most until the rollout's next poll."""
    try:
        return ended.get(timeout=rollout.seconds_to_poll)
    except Empty:
        return None
