"""Why an object does not become ready: its unready pods, what they wait for, and the latest warnings."""

from collections.abc import Iterable, Iterator, Mapping
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
_INIT_RESTARTS = 4


def diagnose(resources: Resources, live: Mapping[str, Any]) -> list[str]:
    """Short lines about what keeps an object from becoming ready; empty where nothing is known."""
    key = ObjectKey.of(live)
    if not key.namespace:
        return []
    pods = [pod for pod in _pods(resources, key, live) if not _is_ready(pod)]
    names = {key.name, *(pod["metadata"]["name"] for pod in pods)}
    reasons = [f"Pod {pod['metadata']['name']}: {'; '.join(_reasons(pod))}" for pod in pods[:_MAX_PODS]]
    return [*reasons, *_warnings(resources, key, names)]


def stuck(resources: Resources, live: Mapping[str, Any]) -> str:
    """Why waiting longer for a workload cannot help, by what its pods report; empty while it can."""
    key = ObjectKey.of(live)
    pods = _pods(resources, key, live) if key.namespace else ()
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
    for container in status.get("initContainerStatuses") or ():
        reason = container.get("state", {}).get("waiting", {}).get("reason")
        if reason == "CrashLoopBackOff" and container.get("restartCount", 0) >= _INIT_RESTARTS:
            ended = container.get("lastState", {}).get("terminated", {})
            said = ended.get("message") or f"exit code {ended.get('exitCode')}"
            return f"cannot start: {container['name']} failed {container['restartCount']} times: {said}"
    for container in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
        waiting = container.get("state", {}).get("waiting", {})
        reason = waiting.get("reason")
        late = _seconds_since(status.get("startTime"), now) > _PULL_SECONDS
        if reason in _NEVER_PULLED or (reason in _PULL_FAILURES and late):
            return f"cannot start: {container['name']}: {reason}: {waiting.get('message', '')}"
    return ""


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


def _reasons(pod: Mapping[str, Any]) -> Iterator[str]:
    status = pod.get("status", {})
    yield status.get("phase", "Pending")
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition["status"] != "True":
            yield f"{condition.get('reason', '')}: {condition.get('message', '')}"
    for container in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
        state = container.get("state", {})
        stopped = state.get("waiting") or state.get("terminated") or {}
        if stopped.get("reason") not in (None, "Completed"):
            yield f"{container['name']}: {stopped['reason']} {stopped.get('message', '')}".rstrip()


def _warnings(resources: Resources, key: ObjectKey, names: set[str]) -> list[str]:
    """The latest warnings about the object, its pods, and the objects that its controller creates between them."""
    events = resources.all_like(_sibling(key, "Event"), fieldSelector="type=Warning")
    about = [
        event
        for event in events
        if (name := event["involvedObject"]["name"]) in names or name.startswith(f"{key.name}-")
    ]
    about.sort(key=lambda event: event.get("lastTimestamp") or event.get("eventTime") or "")
    lines = (
        f"{event['involvedObject']['kind']} {event['involvedObject']['name']}: {event['reason']}: {event['message']}"
        for event in reversed(about)
    )
    return [f"warning: {line}" for line in list(dict.fromkeys(lines))[:_MAX_WARNINGS]]
