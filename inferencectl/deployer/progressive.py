"""What Flagger is doing in the cluster, and which deployments it forbids.

A version that gets requests may not leave: its pods would be deleted while a route still leads to them, as Flagger
looks at a change only at its next interval. And Flagger takes what it finds first for good: a candidate that is there
from the beginning would never be judged.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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

    Canaries that `objects` no longer have count as well, if they are those of a model that stays. Writes nothing.
    """
    objects = list(objects)
    wanted = {item.key: item.manifest for item in objects}
    pods = [_pod_labels(item) for item in objects if item.key.group_kind in _WORKLOADS]
    namespaces = {item.key.namespace for item in objects if item.key.group_kind in _WORKLOADS}
    found = _canaries(resources, sorted(namespaces))
    canaries = {**found, **{key: each for key, each in wanted.items() if key.group_kind == CANARY}}
    live = resources.live(_service(key, each, end) for key, each in canaries.items() for end in ("-primary", "-canary"))
    for key, each in canaries.items():
        status = found.get(key, {}).get("status") or {}
        release = _Release(key=key, canary=each, status=status, wanted=wanted, live=live)
        for problem, remedy in (*release.lost_versions(pods), *release.unjudged_candidates()):
            raise SandboxError(problem, remedy, exit_code=BAD_INPUT)


def _canaries(resources: Resources, namespaces: Iterable[str]) -> Mapping[ObjectKey, Manifest]:
    """The Canaries that there are in the cluster."""
    kinds = [
        ObjectKey(group="flagger.app", version="v1beta1", kind="Canary", namespace=namespace, name="")
        for namespace in namespaces
    ]
    return {ObjectKey.of(each): each for kind in kinds if resources.is_known(kind) for each in resources.all_like(kind)}


@dataclass(frozen=True, kw_only=True)
class _Release:
    """A Canary, of the program or of the cluster, with its status there; and the objects wanted and live."""

    key: ObjectKey
    canary: Mapping[str, Any]
    status: Mapping[str, Any]
    wanted: Mapping[ObjectKey, Mapping[str, Any]]
    live: Mapping[ObjectKey, Manifest]

    def lost_versions(self, pods: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
        """Versions that have requests and no pods among `pods`, though other versions of the model have some."""
        phase, ends = self.status.get("phase", ""), ["-primary"]
        for end in ends if phase in _AT_REST else [*ends, "-canary"]:
            service = _service(self.key, self.canary, end)
            selector = self.live[service]["spec"].get("selector") or {} if service in self.live else {}
            model = {name: value for name, value in selector.items() if name != _VERSION}
            same = [labels for labels in pods if model.items() <= labels.items()]
            if same and not any(selector.items() <= labels.items() for labels in same):
                version = selector.get(_VERSION, "?")
                leads = f"Service {service.namespace}/{service.name} leads requests to it (Flagger: {phase or 'new'})"
                until = (
                    "another one has been promoted or taken back"
                    if self.key in self.wanted
                    else "the other strategy leads requests elsewhere"
                )
                yield (
                    f"version {version} would be removed, but {leads}",
                    f"keep version {version} among the versions until {until}",
                )

    def unjudged_candidates(self) -> Iterator[tuple[str, str]]:
        """The candidate of a Canary that has promoted nothing yet."""
        target, primary = (_service(self.key, self.canary, end) for end in ("", "-primary"))
        if target in self.wanted and primary in self.wanted and not self.status.get("lastPromotedSpec"):
            tried, first = (self.wanted[key]["spec"]["selector"].get(_VERSION, "?") for key in (target, primary))
            if tried != first:
                yield (
                    f"version {tried} is a candidate of the new {self.key}: Flagger does not judge what it begins with",
                    f"deploy without release.candidate first, which leads all requests to version {first}, then add it",
                )


def _service(key: ObjectKey, canary: Mapping[str, Any], end: str) -> ObjectKey:
    name = f"{canary['spec']['targetRef']['name']}{end}"
    return ObjectKey(group="", version="v1", kind="Service", namespace=key.namespace, name=name)


def _pod_labels(item: KubernetesObject) -> Mapping[str, str]:
    return item.manifest["spec"]["template"]["metadata"].get("labels") or {}
