"""What the objects of a program name and do not make: it has to be in the cluster already."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inferencectl.deployer.keys import ObjectKey
from inferencectl.deployer.objects import KubernetesObject

Spec = Mapping[str, Any]
Named = Iterator[ObjectKey]

_WITH_EVERY_NAMESPACE = ("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")
_GATEWAYS, _CERTIFICATES = "gateway.networking.k8s.io", "cert-manager.io"


@dataclass(frozen=True, kw_only=True)
class Reference:
    """``by`` does not work without ``key``."""

    key: ObjectKey
    by: ObjectKey


def missing_from(objects: Sequence[KubernetesObject]) -> Sequence[Reference]:
    """Every object that others name and the program does not make, once, with the first that names it."""
    made = {item.key for item in objects} | {key for item in objects for key in _also_made(item)}
    found: dict[ObjectKey, ObjectKey] = {}
    for item in objects:
        for key in _named_by(item):
            if key not in made and (key.kind, key.name) not in _WITH_EVERY_NAMESPACE:
                found.setdefault(key, item.key)
    return [Reference(key=key, by=by) for key, by in found.items()]


def _named_by(item: KubernetesObject) -> Named:
    if item.key.namespace:
        yield _cluster_wide("Namespace", item.key.namespace)
    if pod := pod_spec(item.manifest):
        yield from _of_pod(pod, item.key.namespace)
    yield from _OF_KIND.get(item.key.group_kind, _nothing)(item)


def _also_made(item: KubernetesObject) -> Named:
    """What controllers make of an object, under a name that it says."""
    if item.key.group_kind == f"Certificate.{_CERTIFICATES}":
        yield _within(item, "Secret", item.manifest["spec"]["secretName"])


def pod_spec(manifest: Mapping[str, Any]) -> Spec | None:
    """That of a workload of any kind; other objects have none."""
    spec = manifest.get("spec") or {}
    template = ((spec.get("jobTemplate") or {}).get("spec") or spec).get("template")
    found = template.get("spec") if isinstance(template, Mapping) else None
    return found if isinstance(found, Mapping) and "containers" in found else None


def _of_pod(pod: Spec, namespace: str) -> Named:
    if name := pod.get("priorityClassName"):
        yield _cluster_wide("PriorityClass", name, "scheduling.k8s.io")
    if name := pod.get("runtimeClassName"):
        yield _cluster_wide("RuntimeClass", name, "node.k8s.io")
    for kind, name in _of_namespace(pod):
        yield ObjectKey(group="", version="v1", kind=kind, namespace=namespace, name=name)


def _of_namespace(pod: Spec) -> Iterator[tuple[str, str]]:
    if name := pod.get("serviceAccountName"):
        yield "ServiceAccount", name
    yield from (("Secret", each["name"]) for each in pod.get("imagePullSecrets") or ())
    for volume in pod.get("volumes") or ():
        yield from _of_volume(volume)
    for container in (*(pod.get("initContainers") or ()), *pod["containers"]):
        for source in container.get("envFrom") or ():
            yield from _of_sources(source, "configMapRef", "secretRef")
        for variable in container.get("env") or ():
            yield from _of_sources(variable.get("valueFrom") or {}, "configMapKeyRef", "secretKeyRef")


def _of_volume(volume: Spec) -> Iterator[tuple[str, str]]:
    if claim := volume.get("persistentVolumeClaim"):
        yield "PersistentVolumeClaim", claim["claimName"]
    if (secret := volume.get("secret")) and not secret.get("optional"):
        yield "Secret", secret["secretName"]
    for source in (volume, *((volume.get("projected") or {}).get("sources") or ())):
        yield from _of_sources(source, "configMap", "secret")


def _of_sources(source: Spec, config_map: str, secret: str) -> Iterator[tuple[str, str]]:
    for kind, key in (("ConfigMap", config_map), ("Secret", secret)):
        named = source.get(key) or {}
        if "name" in named and not named.get("optional"):
            yield kind, named["name"]


def _of_account(item: KubernetesObject) -> Named:
    yield from (_within(item, "Secret", each["name"]) for each in item.manifest.get("imagePullSecrets") or ())


def _of_ingress(item: KubernetesObject) -> Named:
    if name := item.manifest["spec"].get("ingressClassName"):
        yield _cluster_wide("IngressClass", name, "networking.k8s.io")


def _of_route(item: KubernetesObject) -> Named:
    for parent in item.manifest["spec"].get("parentRefs") or ():
        if parent.get("kind", "Gateway") == "Gateway":
            namespace = parent.get("namespace") or item.key.namespace
            yield ObjectKey(group=_GATEWAYS, version="v1", kind="Gateway", namespace=namespace, name=parent["name"])


def _of_gateway(item: KubernetesObject) -> Named:
    spec = item.manifest["spec"]
    yield _cluster_wide("GatewayClass", spec["gatewayClassName"], _GATEWAYS)
    for listener in spec.get("listeners") or ():
        for each in (listener.get("tls") or {}).get("certificateRefs") or ():
            yield _within(item, "Secret", each["name"])


def _of_certificate(item: KubernetesObject) -> Named:
    issuer = item.manifest["spec"]["issuerRef"]
    if issuer.get("kind") == "ClusterIssuer":
        yield _cluster_wide("ClusterIssuer", issuer["name"], _CERTIFICATES)
    else:
        namespace = item.key.namespace
        yield ObjectKey(group=_CERTIFICATES, version="v1", kind="Issuer", namespace=namespace, name=issuer["name"])


def _nothing(_: KubernetesObject) -> Named:
    return iter(())


def _within(item: KubernetesObject, kind: str, name: str) -> ObjectKey:
    return ObjectKey(group="", version="v1", kind=kind, namespace=item.key.namespace, name=name)


def _cluster_wide(kind: str, name: str, group: str = "") -> ObjectKey:
    return ObjectKey(group=group, version="v1", kind=kind, namespace="", name=name)


_OF_KIND: Mapping[str, Callable[[KubernetesObject], Iterable[ObjectKey]]] = {
    "ServiceAccount": _of_account,
    "Ingress.networking.k8s.io": _of_ingress,
    f"HTTPRoute.{_GATEWAYS}": _of_route,
    f"GRPCRoute.{_GATEWAYS}": _of_route,
    f"Gateway.{_GATEWAYS}": _of_gateway,
    f"Certificate.{_CERTIFICATES}": _of_certificate,
}
"""What objects of a kind name, beside their namespace and what pods name."""
