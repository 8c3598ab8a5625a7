"""Where the clients of the models are sent now, read from the cluster."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.resources import Resources
from settings import RELEASE_PROTOCOLS, Exposure, Model, Platform, ProgressiveRelease

_NAME, _VERSION, _COMPONENT = (f"app.kubernetes.io/{part}" for part in ("name", "version", "component"))


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """The clients of one model: their share in percent by version, as it is and as the settings have it.

    ``ready`` is the number of ready pods of each version. Without an address, ``shares`` is empty.
    """

    model: str
    shares: Mapping[int, int]
    wanted: Mapping[int, int]
    ready: Mapping[int, int]

    @property
    def is_settled(self) -> bool:
        """Whether all clients are where the settings have them, with a ready pod behind each version."""
        return self.shares == self.wanted and not self.unanswered

    @property
    def unanswered(self) -> tuple[int, ...]:
        """The versions that clients are sent to and that have no ready pod."""
        return tuple(version for version in self.shares if not self.ready.get(version))

    def __str__(self) -> str:
        if not self.shares:
            return f"{self.model} has no address yet"
        parts = " and ".join(self._part(version, share) for version, share in sorted(self.shares.items()))
        return f"clients of {self.model} are sent to {parts}"

    def _part(self, version: int, share: int) -> str:
        of_all = "" if share == 100 else f"{share} % to "
        pods = self.ready.get(version, 0)
        return f"{of_all}version {version}, which has {pods or 'no'} ready {'pod' if pods == 1 else 'pods'}"


def traffic(resources: Resources, platform: Platform) -> tuple[Traffic, ...]:
    """The traffic of each model of ``platform``.

    Raises:
        SandboxError: the cluster does not answer.
    """
    ready = _ready_pods(resources, platform.namespace)
    shares = {model.name: _shares(resources, platform.namespace, model) for model in platform.models}
    return tuple(
        Traffic(
            model=model.name,
            shares=shares[model.name],
            wanted=_wanted(model, shares[model.name]),
            ready={version: count for (name, version), count in ready.items() if name == model.name},
        )
        for model in platform.models
    )


def _wanted(model: Model, shares: Mapping[int, int]) -> Mapping[int, int]:
    """The shares that the settings say; where Flagger decides about them, any that it has."""
    if isinstance(model.release, ProgressiveRelease):
        return shares
    return {version.version: version.share_percent for version in model.versions if version.share_percent}


def _shares(resources: Resources, namespace: str, model: Model) -> Mapping[int, int]:
    if model.exposure is not Exposure.GATEWAY:
        version = _version_behind(resources, namespace, model.name)
        return {version: 100} if version else {}
    # Flagger's routes of both protocols move together.
    end = f"-{RELEASE_PROTOCOLS[0]}" if isinstance(model.release, ProgressiveRelease) else ""
    route = _found(resources, "gateway.networking.k8s.io", "HTTPRoute", namespace, f"{model.name}{end}")
    if route is None:
        return {}
    shares = Counter[int]()
    for service, share in _weights(route):
        if version := _version_behind(resources, namespace, service):
            shares[version] += share
    return shares


def _weights(route: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """The share in percent of each Service among the requests that ask for nothing special by their headers."""
    general = (rule for rule in route["spec"]["rules"] if not any("headers" in match for match in rule["matches"]))
    backends = next(general)["backendRefs"]
    everything = sum(each.get("weight", 1) for each in backends) or 1
    for each in backends:
        if each.get("weight", 1):
            yield each["name"], round(100 * each.get("weight", 1) / everything)


def _version_behind(resources: Resources, namespace: str, service: str) -> int | None:
    """The version whose pods a Service selects; None if there is no such Service."""
    found = _found(resources, "", "Service", namespace, service) or {}
    version = found.get("spec", {}).get("selector", {}).get(_VERSION)
    return int(version) if version else None


def _found(resources: Resources, group: str, kind: str, namespace: str, name: str) -> Mapping[str, Any] | None:
    key = ObjectKey(group=group, version="v1", kind=kind, namespace=namespace, name=name)
    return resources.get(key) if resources.is_known(key) else None


def _ready_pods(resources: Resources, namespace: str) -> Counter[tuple[str, int]]:
    found: Counter[tuple[str, int]] = Counter()
    key = ObjectKey(group="", version="v1", kind="Pod", namespace=namespace, name="")
    for pod in resources.all_like(key, labelSelector=f"{_COMPONENT}=model-server"):
        labels, conditions = pod["metadata"]["labels"], pod.get("status", {}).get("conditions") or ()
        is_ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
        if is_ready and "deletionTimestamp" not in pod["metadata"]:
            found[labels[_NAME], int(labels[_VERSION])] += 1
    return found
