"""A stack's objects brought into a cluster, kept as the program wants them, and taken out again."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from kubernetes.client import ApiClient

from inferencectl.deployer.apply import Application
from inferencectl.deployer.changes import Action, Change, Outcome, Plan
from inferencectl.deployer.inventory import Inventory
from inferencectl.deployer.objects import KubernetesObject
from inferencectl.deployer.order import in_order
from inferencectl.deployer.prune import deletion, prune
from inferencectl.deployer.resources import WORKERS, Resources
from inferencectl.deployer.rollout import Rollout, needs_rollout
from inferencectl.deployer.situation import Situation, refuse_protected, survey

Progress = Callable[[str], None]


class Deployer:
    """Deploys one stack to the cluster that `api` speaks to; the API server does the merging.

    Safe to stop at any moment, `kill -9` included: the inventory names every object before it is made and until it is
    gone, so the next run finds them all. Callers see to it that a stack has one deployment at a time
    (`deployment_lock`).
    """

    def __init__(self, api: ApiClient, stack: str) -> None:
        self._resources = Resources(api)
        self._inventory = Inventory(self._resources, stack)

    def preview(self, objects: Iterable[KubernetesObject]) -> Plan:
        """Say what `deploy` would change, by the API server's own dry run. Nothing is written.

        Raises:
            SandboxError: `deploy` would be refused.
        """
        objects = list(objects)
        situation = survey(self._resources, self._inventory, objects)
        application = Application(self._resources, situation)
        with ThreadPoolExecutor(WORKERS) as pool:
            changes = [*pool.map(application.preview, objects)]
        deletions = [deletion(entry) for entry in situation.obsolete if entry.key in situation.live]
        return Plan(changes=(*changes, *deletions))

    def deploy(self, objects: Iterable[KubernetesObject], progress: Progress) -> Outcome:
        """Make the cluster what `objects` say, wait until it is ready, and delete what the stack no longer has.

        Raises:
            SandboxError: refused before anything was written (an object is somebody else's or protected, a kind is
                unknown), or failed on the way; then the next run goes on from there.
        """
        started = time.monotonic()
        objects = list(objects)
        situation = survey(self._resources, self._inventory, objects)
        if situation.union != situation.entries:
            self._inventory.save(situation.union)
        changes = self._apply(objects, situation, progress)
        deletions = prune(self._resources, situation.obsolete, progress)
        if situation.wanted != situation.union:
            self._inventory.save(situation.wanted)
        return Outcome(changes=(*changes, *deletions), seconds=time.monotonic() - started)

    def destroy(self, progress: Progress) -> Outcome:
        """Delete everything that the stack owns, dependants first, and then its inventory.

        Raises:
            SandboxError: a protected object is among it (nothing is deleted then), or objects do not go.
        """
        started = time.monotonic()
        entries = list(self._inventory.load().values())
        refuse_protected(entries)
        deletions = prune(self._resources, entries, progress)
        self._inventory.delete()
        return Outcome(changes=tuple(deletions), seconds=time.monotonic() - started)

    def _apply(self, objects: list[KubernetesObject], situation: Situation, progress: Progress) -> list[Change]:
        application = Application(self._resources, situation)
        changes: dict[str, Change] = {}

        def work(item: KubernetesObject) -> bool:
            changed, live = application.carry_out(item)
            changes[item.urn] = changed
            if changed.action is not Action.UNCHANGED:
                progress(str(changed))
            return needs_rollout(item, live)

        in_order(objects, work, Rollout(self._resources, progress))
        return [changes[item.urn] for item in objects]
