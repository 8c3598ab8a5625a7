"""How a cluster gets what it lacks."""

from collections.abc import Mapping
from dataclasses import dataclass

from inferencectl.deployer.keys import ObjectKey


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What brings the kinds of an API group; ``charts`` are those of it that a stack may install itself."""

    name: str
    remedy: str
    charts: tuple[str, ...] = ()


_ISTIO = Provider(
    name="Istio", remedy="install Istio, or have the stack do it: mesh.installation", charts=("base", "istiod")
)
_ISTIO_GROUPS = (*("networking.istio.io", "security.istio.io", "telemetry.istio.io", "extensions.istio.io"),)
PROVIDERS: Mapping[str, Provider] = {
    "autoscaling.k8s.io": Provider(name="the Vertical Pod Autoscaler", remedy="install the Vertical Pod Autoscaler"),
    "cert-manager.io": Provider(name="cert-manager", remedy="install cert-manager"),
    "cluster.x-k8s.io": Provider(name="Cluster API", remedy="deploy to a management cluster of Cluster API"),
    "flagger.app": Provider(name="Flagger", remedy="install Flagger for the Gateway API, or for Istio in a mesh"),
    "gateway.networking.k8s.io": Provider(
        name="the Gateway API", remedy="install the definitions of the Gateway API and a controller that serves them"
    ),
    "karpenter.sh": Provider(name="Karpenter", remedy="install Karpenter"),
    "keda.sh": Provider(name="KEDA", remedy="install KEDA"),
    "monitoring.coreos.com": Provider(
        name="prometheus-operator",
        remedy="install prometheus-operator, or have the stack do it: monitoring.installation",
        charts=("kube-prometheus-stack",),
    ),
    "nvidia.com": Provider(
        name="NVIDIA's GPU operator", remedy="install NVIDIA's GPU operator", charts=("gpu-operator",)
    ),
    **dict.fromkeys(_ISTIO_GROUPS, _ISTIO),
}
"""By API group."""

API_PROVIDERS: Mapping[str, str] = {
    "metrics.k8s.io": "install metrics-server",
    "custom.metrics.k8s.io": "install prometheus-adapter, whose rules the stack makes",
    "external.metrics.k8s.io": "install KEDA, or prometheus-adapter",
}
"""How a cluster gets the API that an autoscaler asks, by its group."""

_OBJECTS: Mapping[str, str] = {
    "Secret": "make it: kubectl create secret generic {name} --namespace {namespace} --from-literal=KEY=VALUE; "
    "docs/settings.md has the keys, under the setting that names it",
    "ConfigMap": "make it: kubectl create configmap {name} --namespace {namespace} --from-file=FILE",
    "Namespace": "make it: kubectl create namespace {name}, or correct the setting that names it",
    "Gateway": "have its team make it, correct gateway.name and gateway.namespace, or own one: gateway.owned",
    "GatewayClass": "install the controller that brings the class, or correct the class of gateway.owned",
    "IngressClass": "install the controller that brings the class, or correct ingress.class",
    "RuntimeClass": "install the container runtime that brings the class, or correct the setting that names it",
    "PriorityClass": "make it, or correct the setting that names it",
}


def remedy_of(key: ObjectKey) -> str:
    """What to do where an object is missing that others name."""
    text = _OBJECTS.get(key.kind, "make it, or correct the setting that names it")
    return text.format(name=key.name, namespace=key.namespace)
