"""Deletes objects, dependants before their dependencies."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from inferencectl.changes import Action, Change
from inferencectl.deployer.inventory import Entry
from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.object_change import change
from inferencectl.deployer.progressive import CANARY
from inferencectl.deployer.resources import WORKERS, Propagation, Resources

# What their controllers have made of them leads requests to objects of lower waves, so it has to be gone before those.
# https://kubernetes.io/docs/concepts/architecture/garbage-collection/#foreground-deletion
_WITH_ROUTES = frozenset({CANARY})


def prune(resources: Resources, entries: Iterable[Entry], progress: Callable[[str], None]) -> list[Change]:
    """Delete the objects and wait until they are gone, but keep those that are to be retained.

    Objects that no longer exist are not reported.
    """
    waves: dict[int, list[Entry]] = defaultdict(list)
    for entry in entries:
        waves[entry.wave].append(entry)
    changes = []
    for _, wave in sorted(waves.items(), reverse=True):
        changes += _prune_wave(resources, wave, progress)
    return changes


def removal(entry: Entry) -> Change:
    """The change that removes an object from the stack, and unless it is to be retained, from the cluster."""
    return change(Action.RELEASE if entry.retain else Action.DELETE, entry.key, entry.urn)


def _prune_wave(resources: Resources, wave: list[Entry], progress: Callable[[str], None]) -> list[Change]:
    live = resources.live(entry.key for entry in wave)
    existing = [entry for entry in wave if entry.key in live]
    changes = [removal(entry) for entry in existing]
    for item in changes:
        progress(str(item))
    deleted = [entry.key for entry in existing if not entry.retain]
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda key: resources.delete(key, _propagation(key)), deleted))
    resources.await_gone(deleted)
    return changes


def _propagation(key: ObjectKey) -> Propagation:
    return "Foreground" if key.group_kind in _WITH_ROUTES else "Background"
