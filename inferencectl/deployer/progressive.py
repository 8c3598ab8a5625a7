"""What Flagger is doing in the cluster, and which deployments it forbids.

A version that gets requests may not leave: its pods would be deleted while a route still leads to them, as Flagger
looks at a change only at its next interval. And Flagger takes what it finds first for good: a candidate that is there
from the beginning would never be judged.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.objects import KubernetesObject
from inferencectl.deployer.resources import Manifest, Resources
from inferencectl.workspace.errors import BAD_INPUT, SandboxError

CANARY = "Canary.flagger.app"
_WORKLOADS = frozenset({"Deployment.apps", "StatefulSet.apps"})
_VERSION = "app.kubernetes.io/version"
# Phases in which the canary Service has no requests: https://docs.flagger.app/usage/how-it-works#canary-status
_AT_REST = frozenset({"", "Initializing", "Initialized", "Succeeded", "Failed"})


def refuse_interrupted_releases(resources: Resources, objects: Iterable[KubernetesObject]) -> None:
    """Raise SandboxError if `objects` lack a version that Flagger leads requests to, or begin with a candidate.

    Writes nothing. Objects of a program without Canaries are all right.
    """
    objects = list(objects)
    canaries = [item for item in objects if item.key.group_kind == CANARY]
    keys = [_service(item, end) for item in canaries for end in ("-primary", "-canary")]
    live = resources.live([*(item.key for item in canaries if resources.is_known(item.key)), *keys])
    by_key = {item.key: item.manifest for item in objects}
    pods = [_pod_labels(item) for item in objects if item.key.group_kind in _WORKLOADS]
    for item in canaries:
        for problem, remedy in _problems(item, live, by_key, pods):
            raise SandboxError(problem, remedy, exit_code=BAD_INPUT)


def _problems(
    item: KubernetesObject,
    live: Mapping[ObjectKey, Manifest],
    wanted: Mapping[ObjectKey, Mapping[str, Any]],
    pods: list[Mapping[str, str]],
) -> Iterator[tuple[str, str]]:
    status = live.get(item.key, {}).get("status") or {}
    phase = status.get("phase", "")
    led = [_service(item, "-primary"), *([] if phase in _AT_REST else [_service(item, "-canary")])]
    for key in led:
        selector = live[key]["spec"].get("selector") or {} if key in live else {}
        if selector and not any(selector.items() <= labels.items() for labels in pods):
            version = selector.get(_VERSION, "?")
            address = f"Service {key.namespace}/{key.name}"
            yield (
                f"version {version} would be removed, but {address} leads requests to it (Flagger: {phase or 'new'})",
                f"keep version {version} among the versions until another one has been promoted or taken back",
            )
    target, primary = _service(item, ""), _service(item, "-primary")
    if target in wanted and primary in wanted and not status.get("lastPromotedSpec"):
        tried, first = (wanted[key]["spec"]["selector"].get(_VERSION, "?") for key in (target, primary))
        if tried != first:
            yield (
                f"version {tried} is a candidate of the new {item.key}: Flagger does not judge what it begins with",
                f"deploy without release.candidate first, which leads all requests to version {first}, then add it",
            )


def _service(item: KubernetesObject, end: str) -> ObjectKey:
    name = f"{item.manifest['spec']['targetRef']['name']}{end}"
    return ObjectKey(group="", version="v1", kind="Service", namespace=item.key.namespace, name=name)


def _pod_labels(item: KubernetesObject) -> Mapping[str, str]:
    return item.manifest["spec"]["template"]["metadata"].get("labels") or {}
