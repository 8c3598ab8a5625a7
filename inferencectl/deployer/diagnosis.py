"""Why an object does not become ready: its unready pods, what they wait for, and the latest warnings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.resources import Resources

_MAX_PODS = 5
_MAX_WARNINGS = 5
# As long as an autoscaler may need to bring a node.
UNSCHEDULABLE_SECONDS = 300.0
# The kubelet pulls again after 10, 20 and 40 s: a registry that fails for a moment has answered by then.
_PULL_SECONDS = 90.0
_PULL_FAILURES = frozenset({"ErrImagePull", "ImagePullBackOff"})
_NEVER_PULLED = frozenset({"ErrImageNeverPull", "InvalidImageName"})
# The kubelet waits for 10, 20 and 40 s between them: what fails for a moment has passed by then.
_MOST_RESTARTS = 4
MODEL_REFUSED = 3
"""The exit code by which what brings or loads a model says that another attempt ends the same: see the programs in
components/model_service/scripts."""

_NEED_THE_MODEL = frozenset({"fetch-model", "verify-model", "model-server"})
_HINDRANCES = frozenset({"FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox"})
"""What the kubelet says in events alone while it makes a pod's surroundings."""
_BEING_MADE = frozenset({"ContainerCreating", "PodInitializing"})


def diagnose(resources: Resources, live: Mapping[str, Any]) -> list[str]:
    """Short lines about what keeps an object from becoming ready; empty where nothing is known."""
    key = ObjectKey.of(live)
    if not key.namespace:
        return []
    pods = [pod for pod in _pods(resources, key, live) if not _is_ready(pod)]
    names = {key.name, *(pod["metadata"]["name"] for pod in pods)}
    warnings = _warnings(resources, key, names)
    reasons = (f"Pod {pod['metadata']['name']}: {'; '.join(_reasons(pod, warnings))}" for pod in pods[:_MAX_PODS])
    return [*reasons, *_lines(warnings)]


def stuck(resources: Resources, live: Mapping[str, Any]) -> str:
    """Why waiting longer for a workload cannot help, by what its pods report; empty while it can."""
    key = ObjectKey.of(live)
    pods = of_newest_revision(_pods(resources, key, live)) if key.namespace and _has_new_pods(key, live) else ()
    now = datetime.now(UTC)
    reasons = (f"pod {pod['metadata']['name']} {reason}" for pod in pods if (reason := stuck_pod(pod, now)))
    return next(reasons, "")


def stuck_pod(pod: Mapping[str, Any], now: datetime) -> str:
    """Why waiting longer for a pod cannot help; empty while it can."""
    status = pod.get("status", {})
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition.get("reason") == "Unschedulable":
            waited = _seconds_since(condition.get("lastTransitionTime"), now)
            if condition["status"] == "False" and waited > UNSCHEDULABLE_SECONDS:
                return f"has been unschedulable for {waited:.0f} s: {condition.get('message', '')}"
    if ended := _ended_for_good(status):
        return f"cannot start: {ended}"
    for container in _containers(status):
        waiting = container.get("state", {}).get("waiting", {})
        reason = waiting.get("reason")
        late = _seconds_since(status.get("startTime"), now) > _PULL_SECONDS
        if reason in _NEVER_PULLED or (reason in _PULL_FAILURES and late):
            return f"cannot start: {container['name']}: {reason}: {waiting.get('message', '')}"
    return ""


def _ended_for_good(status: Mapping[str, Any]) -> str:
    """The container that ends as often as it is started, with the reason; empty if there is none."""
    for container in _containers(status):
        states = (container.get("state", {}), container.get("lastState", {}))
        ended = next((state["terminated"] for state in states if "terminated" in state), {})
        if container["name"] in _NEED_THE_MODEL and ended.get("exitCode") == MODEL_REFUSED:
            said = ended.get("message", "").strip() or f"exit code {MODEL_REFUSED}"
            return f"{container['name']}: {said}"
    # Beside the model server, a program of somebody else may wait for another one in this way.
    servers = [each for each in status.get("containerStatuses") or () if each["name"] in _NEED_THE_MODEL]
    for container in (*(status.get("initContainerStatuses") or ()), *servers):
        reason = container.get("state", {}).get("waiting", {}).get("reason")
        if reason == "CrashLoopBackOff" and container.get("restartCount", 0) >= _MOST_RESTARTS:
            ended = container.get("lastState", {}).get("terminated", {})
            said = ended.get("message", "").strip() or f"exit code {ended.get('exitCode')}"
            return f"{container['name']} failed {container['restartCount']} times: {said}"
    return ""


def of_newest_revision(pods: Iterable[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """The pods of the workload as it is now: neither those that end nor those of the template before."""
    staying = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    newest = max(staying, key=lambda pod: pod["metadata"].get("creationTimestamp", ""), default=None)
    return [pod for pod in staying if newest is not None and _revision(pod) == _revision(newest)]


def _revision(pod: Mapping[str, Any]) -> str:
    labels = pod["metadata"].get("labels", {})
    return labels.get("pod-template-hash") or labels.get("controller-revision-hash") or ""


def _has_new_pods(key: ObjectKey, live: Mapping[str, Any]) -> bool:
    """Whether the pods of a workload tell of what was applied last; so far they may be those of before."""
    if key.group_kind not in ("Deployment.apps", "StatefulSet.apps"):
        return True
    status = live.get("status", {})
    is_observed = status.get("observedGeneration", 0) >= live["metadata"].get("generation", 0)
    return is_observed and status.get("updatedReplicas", 0) > 0


def _seconds_since(timestamp: str | None, now: datetime) -> float:
    return (now - datetime.fromisoformat(timestamp)).total_seconds() if timestamp else 0.0


def _sibling(key: ObjectKey, kind: str) -> ObjectKey:
    return ObjectKey(group="", version="v1", kind=kind, namespace=key.namespace, name="")


def _pods(resources: Resources, key: ObjectKey, live: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    if key.group_kind == "Pod":
        return [live]
    selector = live.get("spec", {}).get("selector") or {}
    labels = selector if key.group_kind == "Service" else selector.get("matchLabels")
    if not labels:
        return []
    wanted = ",".join(f"{name}={value}" for name, value in labels.items())
    return resources.all_like(_sibling(key, "Pod"), labelSelector=wanted)


def _is_ready(pod: Mapping[str, Any]) -> bool:
    status = pod.get("status", {})
    conditions = {item["type"]: item["status"] for item in status.get("conditions") or ()}
    return conditions.get("Ready") == "True" or status.get("phase") == "Succeeded"


def _reasons(pod: Mapping[str, Any], warnings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    status = pod.get("status", {})
    yield status.get("phase", "Pending")
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition["status"] != "True":
            yield f"{condition.get('reason', '')}: {condition.get('message', '')}"
    for container in _containers(status):
        state = container.get("state", {})
        stopped = state.get("waiting") or state.get("terminated") or {}
        if stopped.get("reason") not in (None, "Completed"):
            yield f"{container['name']}: {stopped['reason']} {stopped.get('message', '')}".rstrip()
    if _is_being_made(status):
        yield from hindrances(pod["metadata"]["name"], warnings, datetime.now(UTC))


def _containers(status: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The states of a pod's containers, init containers first."""
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _is_being_made(status: Mapping[str, Any]) -> bool:
    """Whether no container of a pod has ever started."""
    waiting = (each.get("state", {}).get("waiting", {}) for each in _containers(status))
    return all(each.get("reason") in _BEING_MADE for each in waiting)


def hindrances(pod: str, warnings: Iterable[Mapping[str, Any]], now: datetime) -> Iterator[str]:
    """Why the surroundings of a pod cannot be made, by its latest events, each reason once and for how long."""
    told: set[str] = set()
    for event in warnings:
        reason = event["reason"]
        if event["involvedObject"]["name"] == pod and reason in _HINDRANCES and reason not in told:
            told.add(reason)
            since = event.get("firstTimestamp") or event.get("eventTime")
            yield f"{reason} for {_seconds_since(since, now):.0f} s: {event['message'].partition(chr(10))[0]}"


def _warnings(resources: Resources, key: ObjectKey, names: set[str]) -> Sequence[Mapping[str, Any]]:
    """Warnings about the object, its pods, and the objects that its controller creates between them; latest first."""
    events = resources.all_like(_sibling(key, "Event"), fieldSelector="type=Warning")
    about = [
        event
        for event in events
        if (name := event["involvedObject"]["name"]) in names or name.startswith(f"{key.name}-")
    ]
    return sorted(about, key=lambda event: event.get("lastTimestamp") or event.get("eventTime") or "", reverse=True)


def _lines(warnings: Iterable[Mapping[str, Any]]) -> list[str]:
    lines = (
        f"{event['involvedObject']['kind']} {event['involvedObject']['name']}: {event['reason']}: {event['message']}"
        for event in warnings
    )
    return [f"warning: {line}" for line in list(dict.fromkeys(lines))[:_MAX_WARNINGS]]
