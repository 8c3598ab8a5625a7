"""What the objects of a program name and do not make."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from inferencectl.deployer import plain_objects
from inferencectl.deployer.objects import KubernetesObject
from inferencectl.doctor.demands import accelerators, metrics_apis
from inferencectl.doctor.references import missing_from
from inferencectl.program.run import run_program
from inferencectl.workspace.project import Project

ROOT = Path(__file__).parents[3]


def made(api_version: str, kind: str, name: str, **fields: Any) -> KubernetesObject:
    metadata = {"name": name, "namespace": "models"}
    return KubernetesObject(
        urn=name, manifest={"apiVersion": api_version, "kind": kind, "metadata": metadata, **fields}
    )


def namespace(name: str = "models") -> KubernetesObject:
    return KubernetesObject(urn=name, manifest={"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


def workload(kind: str = "Deployment", **pod: Any) -> KubernetesObject:
    template = {"spec": {"containers": [{"name": "server"}], **pod}}
    if kind == "CronJob":
        return made("batch/v1", kind, "w", spec={"jobTemplate": {"spec": {"template": template}}})
    return made("apps/v1", kind, "w", spec={"template": template})


def missing(*objects: KubernetesObject) -> list[str]:
    return [str(each.key) for each in missing_from([namespace(), *objects])]


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        ({"serviceAccountName": "a"}, "ServiceAccount models/a"),
        ({"imagePullSecrets": [{"name": "a"}]}, "Secret models/a"),
        ({"priorityClassName": "a"}, "PriorityClass a"),
        ({"runtimeClassName": "a"}, "RuntimeClass a"),
        ({"volumes": [{"name": "v", "secret": {"secretName": "a"}}]}, "Secret models/a"),
        ({"volumes": [{"name": "v", "configMap": {"name": "a"}}]}, "ConfigMap models/a"),
        ({"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "a"}}]}, "PersistentVolumeClaim models/a"),
        ({"volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "a"}}]}}]}, "Secret models/a"),
        (
            {"initContainers": [{"name": "i", "env": [{"valueFrom": {"secretKeyRef": {"name": "a", "key": "k"}}}]}]},
            "Secret models/a",
        ),
        ({"containers": [{"name": "c", "envFrom": [{"configMapRef": {"name": "a"}}]}]}, "ConfigMap models/a"),
    ],
)
@pytest.mark.parametrize("kind", ["Deployment", "CronJob"])
def test_what_pods_need(kind: str, pod: Mapping[str, Any], expected: str) -> None:
    assert missing(workload(kind, **pod)) == [expected]


@pytest.mark.parametrize(
    "pod",
    [
        {"volumes": [{"name": "v", "secret": {"secretName": "a", "optional": True}}]},
        {"volumes": [{"name": "v", "configMap": {"name": "kube-root-ca.crt"}}]},
        {"serviceAccountName": "default"},
        {"containers": [{"name": "c", "env": [{"name": "x", "value": "y"}, {"valueFrom": {"fieldRef": {}}}]}]},
    ],
)
def test_what_pods_do_without(pod: Mapping[str, Any]) -> None:
    assert missing(workload(**pod)) == []


def test_what_the_program_makes_is_not_missing() -> None:
    pod = workload(serviceAccountName="a", volumes=[{"name": "v", "secret": {"secretName": "tls"}}])
    issuer = {"name": "own", "kind": "ClusterIssuer"}
    certificate = made("cert-manager.io/v1", "Certificate", "c", spec={"secretName": "tls", "issuerRef": issuer})
    assert missing(pod, made("v1", "ServiceAccount", "a"), certificate) == ["ClusterIssuer own"]


def test_objects_of_networks() -> None:
    gateway = {
        "gatewayClassName": "istio",
        "listeners": [{"name": "all", "tls": {"certificateRefs": [{"name": "tls"}]}}, {"name": "plain"}],
    }
    found = missing(
        made("networking.k8s.io/v1", "Ingress", "i", spec={"ingressClassName": "nginx"}),
        made("gateway.networking.k8s.io/v1", "HTTPRoute", "r", spec={"parentRefs": [{"name": "p", "namespace": "g"}]}),
        made("gateway.networking.k8s.io/v1", "GRPCRoute", "r", spec={"parentRefs": [{"name": "own"}]}),
        made("gateway.networking.k8s.io/v1", "Gateway", "own", spec=gateway),
        made("v1", "ServiceAccount", "a", imagePullSecrets=[{"name": "registry"}]),
    )
    assert found == [
        "IngressClass nginx",
        "Gateway g/p",
        "GatewayClass istio",
        "Secret models/tls",
        "Secret models/registry",
    ]


def test_each_is_missing_once_with_the_first_that_names_it() -> None:
    pods = [workload("Deployment", serviceAccountName="a"), workload("StatefulSet", serviceAccountName="a")]
    (found,) = missing_from([namespace(), *pods])
    assert str(found.by) == "Deployment models/w"


def test_a_namespace_of_somebody_else() -> None:
    assert [str(each.key) for each in missing_from([workload()])] == ["Namespace models"]


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_the_committed_stacks_name_what_their_files_say_and_nothing_else(stack: str) -> None:
    objects = plain_objects(run_program(Project(ROOT), stack).recording)
    found = {str(each.key) for each in missing_from(objects)}
    assert found == {f"Secret models-{stack}/model-storage", "Gateway gateway/public"}


def test_devices_that_pods_ask_for() -> None:
    container = {"name": "c", "resources": {"limits": {"example.com/tpu": 1, "cpu": 1}}}
    pod = workload(containers=[container])
    assert [*accelerators([pod])] == ["example.com/tpu"]
    assert accelerators([workload()]) == {}
    plugin = made("apps/v1", "DaemonSet", "own-nvidia-device-plugin", spec={"template": {"spec": {"containers": []}}})
    for maker in (plugin, made("karpenter.sh/v1", "NodePool", "gpus")):
        assert accelerators([pod, maker]) == {}


def test_metrics_that_autoscalers_ask_for() -> None:
    kinds = ("Resource", "Pods", "External", "Object", "ContainerResource")
    scaler = made(
        "autoscaling/v2", "HorizontalPodAutoscaler", "h", spec={"metrics": [{"type": each} for each in kinds]}
    )
    assert [*metrics_apis([scaler, workload()])] == [
        "metrics.k8s.io",
        "custom.metrics.k8s.io",
        "external.metrics.k8s.io",
    ]
