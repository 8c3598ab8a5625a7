"""Deploys, updates and deletes a stack's objects in a cluster."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from kubernetes.client import ApiClient

from inferencectl.changes import Action, Change, Outcome, Plan
from inferencectl.deployer.apply import Application
from inferencectl.deployer.hand_over import (
    autoscalers_by_workload,
    keep_number,
    leaves_number,
    remove_autoscalers,
    sets_number,
)
from inferencectl.deployer.inventory import Inventory, entries_of
from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.objects import KubernetesObject
from inferencectl.deployer.order import in_order
from inferencectl.deployer.prune import prune, removal
from inferencectl.deployer.resources import WORKERS, Resources
from inferencectl.deployer.rollout import Rollout, needs_rollout
from inferencectl.deployer.situation import Situation, refuse_protected, survey

Progress = Callable[[str], None]


class Deployer:
    """Deploys one stack to the cluster that `api` speaks to; the API server does the merging.

    It is safe to interrupt at any moment, even with `kill -9`: the inventory lists every object from before its
    creation until after its deletion, so the next run finds them all. Callers have to ensure that a stack has one
    deployment at a time (`deployment_lock`).
    """

    def __init__(self, api: ApiClient, stack: str) -> None:
        self._resources = Resources(api)
        self._inventory = Inventory(self._resources, stack)

    def refuse_lost_data(self, objects: Iterable[KubernetesObject]) -> None:
        """Raise SandboxError if a change would replace an object that holds data, whoever deploys; writes nothing."""
        objects = list(objects)
        wanted = entries_of(objects)
        situation = Situation(entries={}, wanted=wanted, live=self._resources.live(wanted))
        Application(self._resources, situation).refuse_lost_data(objects)

    def hand_over(self, objects: Iterable[KubernetesObject], leaving: Iterable[ObjectKey]) -> None:
        """Before another engine deploys `objects` and then deletes `leaving`: pass on numbers of pods as `deploy` does.

        Workloads whose number the program no longer sets keep it, and the autoscalers of those whose number it sets now
        are deleted.
        """
        objects, leaving = list(objects), list(leaving)
        live = self._resources.live([*(item.key for item in objects), *leaving])
        autoscalers = autoscalers_by_workload(leaving, live)
        for item in objects:
            if leaves_number(item, live.get(item.key)):
                keep_number(self._resources, item.key)
            elif sets_number(item):
                remove_autoscalers(self._resources, autoscalers.get(item.key, ()))

    def preview(self, objects: Iterable[KubernetesObject]) -> Plan:
        """The changes that `deploy` would make, by the API server's own dry run; nothing is written.

        Raises:
            SandboxError: `deploy` would be refused.
        """
        objects = list(objects)
        situation = survey(self._resources, self._inventory, objects)
        application = Application(self._resources, situation)
        with ThreadPoolExecutor(WORKERS) as pool:
            changes = [*pool.map(application.preview, objects)]
        removals = [removal(entry) for entry in situation.obsolete if entry.key in situation.live]
        return Plan(changes=(*changes, *removals))

    def deploy(self, objects: Iterable[KubernetesObject], progress: Progress) -> Outcome:
        """Apply `objects`, wait until they are ready, and delete the objects that the stack no longer has.

        Raises:
            SandboxError: the deployment was refused before anything was written (an object belongs to another owner or
                is protected, or a kind is unknown), or it failed midway; the next run then continues from there.
        """
        started = time.monotonic()
        objects = list(objects)
        situation = survey(self._resources, self._inventory, objects)
        Application(self._resources, situation).refuse_lost_data(objects)
        if situation.union != situation.entries:
            self._inventory.save(situation.union)
        changes = self._apply(objects, situation, progress)
        deletions = prune(self._resources, situation.obsolete, progress)
        if situation.wanted != situation.union:
            self._inventory.save(situation.wanted)
        return Outcome(changes=(*changes, *deletions), seconds=time.monotonic() - started)

    def destroy(self, progress: Progress) -> Outcome:
        """Delete all objects of the stack, dependants first, and then its inventory.

        Raises:
            SandboxError: an object is protected, in which case nothing is deleted, or deletions did not finish.
        """
        started = time.monotonic()
        entries = list(self._inventory.load().values())
        refuse_protected(entries)
        deletions = prune(self._resources, entries, progress)
        self._inventory.delete()
        return Outcome(changes=tuple(deletions), seconds=time.monotonic() - started)

    def _apply(self, objects: list[KubernetesObject], situation: Situation, progress: Progress) -> list[Change]:
        application = Application(self._resources, situation)
        autoscalers = autoscalers_by_workload((entry.key for entry in situation.obsolete), situation.live)
        changes: dict[str, Change] = {}
        removals: list[Change] = []

        def work(item: KubernetesObject) -> bool:
            if sets_number(item) and (leaving := autoscalers.get(item.key)):
                removed = [removal(situation.entries[key]) for key in leaving]
                for each in removed:
                    progress(str(each))
                remove_autoscalers(self._resources, leaving)
                removals.extend(removed)
            changed, live = application.apply(item)
            changes[item.urn] = changed
            if changed.action is not Action.UNCHANGED:
                progress(str(changed))
            return needs_rollout(item, live)

        in_order(objects, work, Rollout(self._resources, progress))
        return [*(changes[item.urn] for item in objects), *removals]
