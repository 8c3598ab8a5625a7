"""Applying one object, for real or in the API server's dry run."""

import math
import time
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from inferencectl.changes import Action, Change, FieldChange
from inferencectl.deployer.connection import ApiError
from inferencectl.deployer.data import CLAIM, HOLDS_DATA, lost_data
from inferencectl.deployer.diff import field_changes, has_own_changes, manifest_changes
from inferencectl.deployer.hand_over import keep_number, leaves_number, with_number
from inferencectl.deployer.ignored import with_live_values
from inferencectl.deployer.inventory import digest
from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.object_change import change
from inferencectl.deployer.objects import KubernetesObject
from inferencectl.deployer.readiness import ClusterState, readiness
from inferencectl.deployer.resources import Manifest, Propagation, Resources
from inferencectl.deployer.situation import Situation

# Their pods must be gone before new ones with the same names can be created.
_WITH_PODS = frozenset({"DaemonSet.apps", "Deployment.apps", "Job.batch", "ReplicaSet.apps", "StatefulSet.apps"})
# https://www.pulumi.com/registry/packages/kubernetes/api-docs/batch/v1/job/: a failed Job never recovers.
_ADMISSION = "admissionregistration.k8s.io"
# API servers read changed policies once a second, each for itself:
# https://github.com/kubernetes/apiserver/blob/master/pkg/admission/plugin/policy/generic/policy_source.go
_POLICY_SECONDS = 5.0
_POLL_SECONDS = 0.2
_REPLACE_UNREADY = "pulumi.com/replaceUnready"


class Application:
    """Applies objects, given the situation before the deployment."""

    def __init__(self, resources: Resources, situation: Situation) -> None:
        self._resources = resources
        self._live = situation.live
        self._entries = situation.entries
        self._wanted = situation.wanted
        self._policies_changed = -math.inf

    def preview(self, item: KubernetesObject) -> Change:
        """The change that `apply` would make, by the API server's dry run; nothing is written."""
        before = self._live.get(item.key)
        if before is None and not self._can_dry_run(item.key):
            return self._change(Action.CREATE, item)
        if renewal := self._renewal(item, before):
            return renewal
        manifest = _manifest(item, before)
        if before and leaves_number(item, before):
            manifest = with_number(manifest, before)
        try:
            after = self._resources.apply(manifest, dry_run=True)
        except ApiError as error:
            return self._replacement(item, before, error)
        return self._compare(item, before, after)

    def refuse_lost_data(self, objects: Iterable[KubernetesObject]) -> None:
        """Raise SandboxError if the change of an object that holds data is not possible in place; writes nothing."""
        for item in objects:
            if item.key in self._live and self._is_kept(item):
                self.preview(item)

    def apply(self, item: KubernetesObject) -> tuple[Change, Manifest]:
        """Apply one object, replacing it where it cannot be updated; returns the change and the new object."""
        self._resources.await_served(item.key)
        before = self._live.get(item.key)
        if renewal := self._renewal(item, before):
            return renewal, self._replace(item)
        if leaves_number(item, before):
            keep_number(self._resources, item.key)
        try:
            after = self._admitted(_manifest(item, before))
        except ApiError as error:
            return self._replacement(item, before, error), self._replace(item)
        if "deletionTimestamp" in after["metadata"]:
            # An interrupted run, or another client, had already requested its deletion.
            return self._change(Action.CREATE, item), self._apply_when_gone(item)
        made = self._compare(item, before, after)
        if item.key.group == _ADMISSION and made.action is not Action.UNCHANGED:
            self._policies_changed = time.monotonic()
        return made, after

    def _admitted(self, manifest: Mapping[str, Any]) -> Manifest:
        """The applied object; what a policy refuses that this run has just changed is sent again for some seconds."""
        while True:
            try:
                return self._resources.apply(manifest)
            except ApiError as error:
                if not error.is_by_policy or time.monotonic() > self._policies_changed + _POLICY_SECONDS:
                    raise
            time.sleep(_POLL_SECONDS)

    def _replace(self, item: KubernetesObject) -> Manifest:
        self._resources.delete(item.key, _propagation(item.key))
        return self._apply_when_gone(item)

    def _apply_when_gone(self, item: KubernetesObject) -> Manifest:
        self._resources.await_gone([item.key])
        return self._resources.apply(item.manifest)

    def _can_dry_run(self, key: ObjectKey) -> bool:
        namespace = ObjectKey(group="", version="v1", kind="Namespace", namespace="", name=key.namespace)
        return self._resources.is_known(key) and (namespace in self._live or namespace not in self._wanted)

    def _renewal(self, item: KubernetesObject, before: Manifest | None) -> Change | None:
        """The replacement of an object that failed for good and is annotated to be replaced in that case."""
        if before is None or self._is_kept(item):
            return None
        wanted = item.manifest["metadata"].get("annotations", {}).get(_REPLACE_UNREADY) == "true"
        state = readiness(before, ClusterState())
        if not (wanted and state.failed):
            return None
        failure = FieldChange(path="status", before=state.detail, after=None)
        return change(Action.REPLACE, item.key, item.urn, (failure,))

    def _replacement(self, item: KubernetesObject, before: Manifest | None, error: ApiError) -> Change:
        """The replacement for a change that the API server rejected; raises where a replacement is not possible."""
        # Kubernetes words some refusals for claims in its own way, such as that of a smaller size.
        refused = error.immutable or (error.status == HTTPStatus.UNPROCESSABLE_ENTITY and item.key.kind == CLAIM)
        if before is None or not refused:
            raise error
        fields = manifest_changes(item, before)
        if self._is_kept(item):
            raise lost_data(item, fields, error.message) from None
        return self._change(Action.REPLACE, item, fields)

    def _is_kept(self, item: KubernetesObject) -> bool:
        """Whether a replacement of the object could lose data."""
        entry = self._entries.get(item.key)
        marked = item.protect or item.retain or (entry is not None and (entry.protect or entry.retain))
        return marked or item.key.group_kind in HOLDS_DATA

    def _compare(self, item: KubernetesObject, before: Manifest | None, after: Manifest) -> Change:
        if before is None:
            return self._change(Action.CREATE, item)
        fields = field_changes(item, before, after) if has_own_changes(item, before, after) else ()
        return self._change(Action.UPDATE if fields else Action.UNCHANGED, item, fields)

    def _change(self, action: Action, item: KubernetesObject, fields: tuple[FieldChange, ...] = ()) -> Change:
        entry = self._entries.get(item.key)
        drifted = action is not Action.UNCHANGED and entry is not None and entry.digest == digest(item.manifest)
        return change(action, item.key, item.urn, fields, drifted=drifted)


def _manifest(item: KubernetesObject, before: Manifest | None) -> Mapping[str, Any]:
    return with_live_values(item.manifest, before, item.ignored) if before else item.manifest


def _propagation(key: ObjectKey) -> Propagation:
    """How an object is deleted before it is created again."""
    return "Foreground" if key.group_kind in _WITH_PODS else "Background"
