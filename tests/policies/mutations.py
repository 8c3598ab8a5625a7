"""Every way to break one field of a rendered stack that a rule is meant to catch."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from inferencectl.program.recording import Recording, Resource
from tests.policies.manifests import REMOVED

# The rule meant to catch it, the path of the field below the place that is broken, and what is put there.
Breaks = list[tuple[str, str, Any]]

PODS: Breaks = [
    ("P02", "hostNetwork", True),
    ("P02", "hostPID", True),
    ("P02", "hostIPC", True),
    ("P03", "volumes", [{"name": "node", "hostPath": {"path": "/srv"}}]),
    ("P05", "securityContext windowsOptions", {"hostProcess": True}),
    ("P07", "securityContext seLinuxOptions", {"type": "spc_t"}),
    ("P08", "securityContext appArmorProfile", {"type": "Unconfined"}),
    ("P09", "securityContext sysctls", [{"name": "kernel.msgmax", "value": "65536"}]),
    ("P13", "securityContext runAsNonRoot", False),
    ("P13", "securityContext runAsUser", 0),
    ("P14", "securityContext seccompProfile", REMOVED),
    ("P14", "securityContext seccompProfile type", "Unconfined"),
    ("P15", "volumes", [{"name": "share", "nfs": {"server": "files.example", "path": "/"}}]),
    ("P17", "volumes", [{"name": "runtime", "hostPath": {"path": "/run/containerd/containerd.sock"}}]),
    ("R07", "automountServiceAccountToken", True),
    ("R07", "automountServiceAccountToken", REMOVED),
    ("R07", "serviceAccountName", "default"),
    ("R07", "serviceAccountName", REMOVED),
    ("D08", "nodeSelector", {"topology.kubernetes.io/region": "us-east-1"}),
]

CONTAINERS: Breaks = [
    ("P01", "securityContext privileged", True),
    ("P04", "ports", [{"containerPort": 8501, "hostPort": 8501}]),
    ("P05", "securityContext windowsOptions", {"hostProcess": True}),
    ("P06", "securityContext procMount", "Unmasked"),
    ("P07", "securityContext seLinuxOptions", {"user": "system_u"}),
    ("P08", "securityContext appArmorProfile", {"type": "Unconfined"}),
    ("P10", "lifecycle", {"preStop": {"httpGet": {"host": "files.example", "port": 80}}}),
    ("P11", "securityContext capabilities", REMOVED),
    ("P11", "securityContext capabilities drop", ["NET_RAW"]),
    ("P11", "securityContext capabilities add", ["SYS_ADMIN"]),
    ("P12", "securityContext allowPrivilegeEscalation", REMOVED),
    ("P12", "securityContext allowPrivilegeEscalation", True),
    ("P13", "securityContext runAsNonRoot", False),
    ("P13", "securityContext runAsUser", 0),
    ("P14", "securityContext seccompProfile", {"type": "Unconfined"}),
    ("P16", "securityContext readOnlyRootFilesystem", REMOVED),
    ("P16", "securityContext readOnlyRootFilesystem", False),
    ("S01", "image", "docker.io/tensorflow/serving:latest"),
    ("S01", "image", "docker.io/tensorflow/serving"),
    ("S02", "image", "registry.example/tensorflow/serving:2.19.1"),
    ("D01", "env", [{"name": "STORAGE_PASSWORD", "value": "hunter2"}]),
    ("D01", "env", [{"name": "STORAGE", "value": "https://models:hunter2@storage.example"}]),
    ("D01", "args", ["--api-token=hunter2"]),
    ("D01", "command", ["/bin/sh", "-c", "export AWS_SECRET_ACCESS_KEY=hunter2; exec server"]),
    ("D08", "env", [{"name": "AWS_REGION", "value": "us-east-1"}]),
    ("M01", "resources requests cpu", REMOVED),
    ("M01", "resources limits memory", REMOVED),
    ("M01", "resources", REMOVED),
]

# Below the pod template.
MODEL_SERVERS: Breaks = [
    ("M03", "metadata annotations inference/model-size-bytes", REMOVED),
    ("M03", "metadata annotations inference/model-size-bytes", "1099511627776"),
    ("M04", "spec containers 0 startupProbe", REMOVED),
    ("M04", "spec containers 0 readinessProbe", REMOVED),
    ("M04", "spec containers 0 livenessProbe", REMOVED),
    ("M04", "spec containers 0 readinessProbe httpGet path", "/v1/models/mnist"),
    ("M04", "spec containers 0 ports", REMOVED),
    ("M06", "metadata labels app.kubernetes.io/version", "another"),
    ("M07", "spec topologySpreadConstraints", REMOVED),
    ("M08", "spec containers 0 lifecycle", REMOVED),
    ("M08", "spec terminationGracePeriodSeconds", 1),
    ("P10", "spec containers 0 livenessProbe httpGet host", "files.example"),
    ("S03", "spec initContainers 0 env", []),
    ("N07", "metadata labels sidecar.istio.io/inject", "false"),
]

IMPORTS: Breaks = [("S03", "spec containers 0 env", [])]

GPU_SERVERS: Breaks = [
    ("M02", "spec containers 0 resources limits nvidia.com/gpu", "2"),
    ("M02", "spec containers 0 resources requests nvidia.com/gpu", REMOVED),
    ("M02", "spec tolerations", REMOVED),
    ("M02", "spec nodeSelector", REMOVED),
]

KINDS: dict[str, Breaks] = {
    "Namespace": [
        ("P18", "metadata labels pod-security.kubernetes.io/enforce", REMOVED),
        ("P18", "metadata labels pod-security.kubernetes.io/enforce", "privileged"),
        ("P18", "metadata labels pod-security.kubernetes.io/enforce-version", "any"),
        ("N03", "metadata labels istio-injection", "enabled"),
        ("N06", "metadata labels istio.io/dataplane-mode", "ambient"),
        ("N07", "metadata labels istio-injection", "disabled"),
    ],
    "Deployment": [
        ("P19", "metadata namespace", "default"),
        ("M05", "spec replicas", 3),
        ("M08", "spec strategy type", "Recreate"),
        ("M08", "spec strategy rollingUpdate maxUnavailable", "50%"),
    ],
    "StatefulSet": [
        ("P19", "metadata namespace", REMOVED),
        ("M05", "spec replicas", 1),
        ("M05", "spec replicas", REMOVED),
    ],
    "ServiceAccount": [
        ("R07", "automountServiceAccountToken", True),
        ("R07", "automountServiceAccountToken", REMOVED),
        ("P19", "metadata namespace", "default"),
    ],
    "ConfigMap": [
        ("D01", "data password", "hunter2"),
        ("D01", "data server.yaml", "storage:\n  secret_key: 9vJ2kQx7\n"),
        ("P19", "metadata namespace", REMOVED),
    ],
    "Service": [
        ("N08", "spec type", "LoadBalancer"),
        ("N08", "spec type", "NodePort"),
        ("N08", "spec externalIPs", ["192.0.2.1"]),
        ("P19", "metadata namespace", "default"),
    ],
    "HTTPRoute": [
        ("N05", "spec hostnames", REMOVED),
        ("N05", "spec hostnames", ["*.example"]),
        ("N05", "spec hostnames 0", "*"),
        ("P19", "metadata namespace", "default"),
    ],
    "HorizontalPodAutoscaler": [
        ("M05", "spec minReplicas", 1),
        ("M05", "spec minReplicas", REMOVED),
        ("M05", "spec maxReplicas", 1000),
        ("M05", "spec maxReplicas", 1),
        ("M05", "spec scaleTargetRef name", "another"),
        ("M05", "spec scaleTargetRef kind", "ReplicaSet"),
    ],
    "PodDisruptionBudget": [
        ("M06", "spec maxUnavailable", 0),
        ("M06", "spec maxUnavailable", "0%"),
        ("M06", "spec maxUnavailable", REMOVED),
        ("M06", "spec selector matchLabels app.kubernetes.io/name", "another"),
        ("M06", "metadata namespace", "another"),
    ],
    "PersistentVolumeClaim": [
        ("D04", "spec storageClassName", REMOVED),
        ("D04", "spec storageClassName", "standard"),
        ("D09", "metadata labels inference/data-class", REMOVED),
        ("D09", "metadata labels inference/data-class", "harmless"),
        ("D10", "metadata annotations inference/restored-from", REMOVED),
        ("P19", "metadata namespace", "default"),
    ],
    "ResourceQuota": [
        ("M09", "spec hard", {"pods": "100"}),
        ("M09", "metadata namespace", "another"),
    ],
    "LimitRange": [
        ("M09", "spec limits 0 default", REMOVED),
        ("M09", "spec limits 0 type", "Pod"),
        ("M09", "metadata namespace", "another"),
    ],
}

DEFAULT_DENY: Breaks = [
    ("N01", "spec policyTypes", ["Ingress"]),
    ("N01", "spec policyTypes", ["Egress"]),
    ("N01", "spec podSelector", {"matchLabels": {"app": "another"}}),
    ("N01", "metadata namespace", "another"),
]


@dataclass(frozen=True)
class Mutation:
    """One field of one resource, and the rule that must say so when it becomes ``value``."""

    rule: str
    resource: Resource
    path: str
    value: Any

    def __str__(self) -> str:
        return f"{self.rule} {self.resource.inputs['kind']}/{self.resource.name} {self.path}"


def mutations_of(recording: Recording) -> Iterator[Mutation]:
    """Every mutation of every object of the stack."""
    for resource in recording.resources:
        kind = resource.inputs.get("kind", "")
        if "template" in resource.inputs.get("spec", {}):
            yield from _of_pods(resource)
        yield from _at(resource, "", KINDS.get(kind, []))
        if kind == "NetworkPolicy":
            yield from _of_policy(resource)


def _of_pods(resource: Resource) -> Iterator[Mutation]:
    template = resource.inputs["spec"]["template"]
    component = template["metadata"]["labels"]["app.kubernetes.io/component"]
    yield from _at(resource, "spec template spec", PODS)
    for kind in ("initContainers", "containers"):
        for index, _ in enumerate(template["spec"].get(kind, [])):
            yield from _at(resource, f"spec template spec {kind} {index}", CONTAINERS)
    if component == "model-server":
        yield from _at(resource, "spec template", MODEL_SERVERS)
    if component == "model-import":
        yield from _at(resource, "spec template", IMPORTS)
    if "nvidia.com/gpu" in template["spec"]["containers"][0]["resources"]["limits"]:
        yield from _at(resource, "spec template", GPU_SERVERS)


def _of_policy(resource: Resource) -> Iterator[Mutation]:
    spec = resource.inputs["spec"]
    if not spec["podSelector"]:
        yield from _at(resource, "", DEFAULT_DENY if "egress" not in spec else [])
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, _ in enumerate(spec.get(direction) or ()):
            rule = f"spec {direction} {index} {peers}"
            for value in ([], [{"ipBlock": {"cidr": "0.0.0.0/0"}}], [{"namespaceSelector": {}}]):
                yield Mutation("N02", resource, rule, value)


def _at(resource: Resource, place: str, breaks: Iterable[tuple[str, str, Any]]) -> Iterator[Mutation]:
    for rule, path, value in breaks:
        yield Mutation(rule, resource, f"{place} {path}".strip(), value)
