"""The labels with which each exporter has its series, of the objects of the cluster."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from inferencectl.demos.autoscaling.model_exporter import BUCKETS_MICROS

Manifest = Mapping[str, Any]
Labels = Mapping[str, str]
Several = Sequence[Labels]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What exporters see of the cluster: objects by their kind, and all pods."""

    objects: Mapping[str, Sequence[Manifest]]
    pods: Sequence[Manifest]

    def named(self, kind: str, label: str) -> Several:
        """The namespace and the name of each object of a kind, the name in a label."""
        return [
            {"namespace": each["metadata"]["namespace"], label: each["metadata"]["name"]} for each in self.objects[kind]
        ]

    def init_containers(self) -> Several:
        """Those of all pods that run before its containers do."""
        return [
            {"namespace": pod["metadata"]["namespace"], "pod": pod["metadata"]["name"], "container": each["name"]}
            for pod in self.pods
            for each in pod["spec"].get("initContainers", ())
        ]

    def containers(self, *, on_nodes: bool = False) -> Several:
        """Those of all pods, if wanted with the nodes that they are on."""
        return [
            {
                "namespace": pod["metadata"]["namespace"],
                "pod": pod["metadata"]["name"],
                "container": each["name"],
                **({"node": pod["spec"]["nodeName"]} if on_nodes else {}),
            }
            for pod in self.pods
            for each in pod["spec"]["containers"]
        ]


def labels_of(exporter: str, name: str, pod: Manifest, seen: Seen) -> Iterator[Labels]:
    """The labels of each of the series called ``name`` in the answer of ``pod``.

    Names of which nothing is said here are there once, without labels.
    """
    subjects = next((find for prefix, find in _SUBJECTS.items() if name.startswith(prefix)), _of_nothing)
    more = [_MORE[part] for part in _MORE if name.startswith(part)]
    if name.endswith("_bucket"):
        more.append([{"le": f"{most:.6g}"} for most in BUCKETS_MICROS] + [{"le": "+Inf"}])
    for parts in product(subjects(pod, seen), *more):
        yield {key: value for part in parts for key, value in part.items()}


def _model(pod: Manifest) -> str:
    return pod["metadata"]["labels"]["app.kubernetes.io/name"]


def _of_nothing(_pod: Manifest, _seen: Seen) -> Several:
    return [{}]


def _of_tensorflow(pod: Manifest, _seen: Seen) -> Several:
    return [{"model_name": _model(pod)}]


def _of_triton(pod: Manifest, _seen: Seen) -> Several:
    return [{"model": _model(pod), "version": "1"}]


def _of_torchserve(pod: Manifest, _seen: Seen) -> Several:
    return [{"model_name": _model(pod), "model_version": "1.0"}]


def _of_sampler(pod: Manifest, _seen: Seen) -> Several:
    # It says the version itself; its pods have no label with it.
    return [{"inference_model": _model(pod), "inference_version": "1"}]


def _of_autoscalers(_pod: Manifest, seen: Seen) -> Several:
    label = "horizontalpodautoscaler"
    # KEDA, which does not run here, makes one for each of its objects, and calls it so.
    by_keda = [{**each, label: f"keda-hpa-{each[label]}"} for each in seen.named("ScaledObject", label)]
    return [*seen.named("HorizontalPodAutoscaler", label), *by_keda]


def _of_gpus(_pod: Manifest, seen: Seen) -> Several:
    users = [
        {"namespace": pod["metadata"]["namespace"], "pod": pod["metadata"]["name"], "container": each["name"]}
        for pod in seen.pods
        for each in pod["spec"]["containers"]
        if "nvidia.com/gpu" in each.get("resources", {}).get("limits", {})
    ]
    card = {"gpu": "0", "UUID": "GPU-0", "device": "nvidia0", "modelName": "NVIDIA", "Hostname": "node-1"}
    return [{**card, **user} for user in users]


def _of_scalers(_pod: Manifest, seen: Seen) -> Several:
    more = {"scaler": "prometheusScaler", "triggerIndex": "0", "metric": "s0-prometheus", "type": "scaledobject"}
    return [{**each, **more} for each in seen.named("ScaledObject", "scaledObject")]


_ASKED_OF_THE_API_SERVER = [
    *({"resource": "pods", "subresource": name} for name in ("exec", "attach", "portforward", "ephemeralcontainers")),
    *({"resource": name, "subresource": ""} for name in ("namespaces", "secrets", "roles", "clusterroles")),
    *({"resource": name, "subresource": ""} for name in ("rolebindings", "clusterrolebindings")),
]
_SUBJECTS: Mapping[str, Callable[[Manifest, Seen], Several]] = {
    ":tensorflow:": _of_tensorflow,
    "nv_": _of_triton,
    "ts_": _of_torchserve,
    "inference_sampler_": _of_sampler,
    "kube_deployment_": lambda _, seen: seen.named("Deployment", "deployment"),
    "kube_statefulset_": lambda _, seen: seen.named("StatefulSet", "statefulset"),
    "kube_horizontalpodautoscaler_": _of_autoscalers,
    "kube_job_": lambda _, seen: seen.named("Job", "job_name"),
    "kube_namespace_": lambda _, seen: [{"namespace": each["metadata"]["name"]} for each in seen.objects["Namespace"]],
    "kube_node_": lambda _, seen: [{"node": each["metadata"]["name"]} for each in seen.objects["Node"]],
    "kube_pod_container_resource_": lambda _, seen: seen.containers(on_nodes=True),
    "kube_pod_container_": lambda _, seen: seen.containers(),
    "kube_pod_init_container_": lambda _, seen: seen.init_containers(),
    "kube_pod_": lambda _, seen: [
        {"namespace": each["metadata"]["namespace"], "pod": each["metadata"]["name"], "node": each["spec"]["nodeName"]}
        for each in seen.pods
    ],
    "container_": lambda _, seen: seen.containers(),
    "DCGM_": _of_gpus,
    "keda_scaler_": _of_scalers,
    "flagger_canary_weight": lambda _, seen: seen.named("Canary", "workload"),
    "flagger_canary_": lambda _, seen: seen.named("Canary", "name"),
    "apiserver_request_total": lambda _pod, _seen: [
        {**asked, "verb": verb, "code": "200"}
        for asked in _ASKED_OF_THE_API_SERVER
        for verb in ("GET", "LIST", "WATCH", "CONNECT", "POST", "PUT", "PATCH", "DELETE", "DELETECOLLECTION")
    ],
    "certmanager_certificate_": lambda _, seen: [
        {"namespace": each["metadata"]["name"], "name": "gateway"} for each in seen.objects["Namespace"]
    ],
}
"""What a series is about, by the beginning of its name; the first that fits."""

_DISTRIBUTIONS = [{"kind": kind, "feature": "0"} for kind in ("input", "prediction", "confidence")]
_MORE: Mapping[str, Several] = {
    ":tensorflow:serving:request_latency": [{"API": api, "entrypoint": "REST"} for api in ("predict", "")],
    ":tensorflow:serving:request_count": [{"status": status} for status in ("OK", "INTERNAL", "INVALID_ARGUMENT")],
    "nv_inference_request_failure": [{"reason": reason} for reason in ("OTHER", "CANCELED")],
    "kube_horizontalpodautoscaler_status_condition": [
        {"condition": condition, "status": status}
        for condition in ("AbleToScale", "ScalingActive", "ScalingLimited")
        for status in ("true", "false", "unknown")
    ],
    "inference_sampler_copies": [{"outcome": outcome} for outcome in ("observed", "queue-full", "unreadable")],
    "inference_sampler_missing_values": _DISTRIBUTIONS,
    "inference_sampler_stability_index": _DISTRIBUTIONS,
    "inference_sampler_reference_share": [{**each, "bin": "0"} for each in _DISTRIBUTIONS],
    "inference_sampler_window_share": [{**each, "bin": "0"} for each in _DISTRIBUTIONS],
    "fluentd_output_status_": [{"plugin_id": name} for name in ("logs", "predictions")],
    "kube_job_failed": [{"condition": "true"}],
    "kube_node_status_condition": [
        {"condition": condition, "status": status}
        for condition in ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
        for status in ("true", "false", "unknown")
    ],
    "kube_node_status_allocatable": [{"resource": name} for name in ("cpu", "memory", "pods", "nvidia_com_gpu")],
    "kube_node_status_capacity": [{"resource": name} for name in ("cpu", "memory", "pods", "nvidia_com_gpu")],
    "kube_pod_status_phase": [{"phase": phase} for phase in ("Pending", "Running", "Succeeded")],
    "kube_pod_container_resource_": [{"resource": name} for name in ("cpu", "memory", "nvidia_com_gpu")],
    "istio_requests_total": [
        {"reporter": "destination", "source_principal": who, "response_code": code, "grpc_response_status": status}
        for who in ("unknown", "spiffe://cluster.local/ns/lab/sa/notebook")
        for code, status in (("200", ""), ("503", ""), ("200", "0"), ("200", "14"))
    ],
    "istio_agent_scrape_failures_total": [{"type": name} for name in ("application", "envoy")],
}
"""What else is told apart, by the beginning of the name."""
