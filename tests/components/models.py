"""Models, and what a service is made of: what the examples and the tests of manifests begin with."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components import ModelServiceArgs
from settings import (
    Autoscaling,
    Backend,
    Batching,
    BlueGreenRelease,
    Caller,
    Data,
    DataClass,
    Engine,
    Exposure,
    Gate,
    GateQuery,
    Gateway,
    Header,
    HeaderRelease,
    Ingress,
    Mesh,
    MeshProfile,
    MirrorRelease,
    Model,
    ObjectStorage,
    PodOverhead,
    ProgressiveRelease,
    ResourceClass,
    RuntimeClass,
    Scaling,
    Schedule,
    Sticky,
    Taint,
    TokenIssuer,
    Triton,
    Version,
    Volume,
    Warmup,
    WeightsRelease,
    WorkQueue,
)
from versions import RUNTIME_IMAGES

SHA256 = "ab" * 32
SERVER_IMAGES = {name: f"{images.cpu}@sha256:{'1' * 64}" for name, images in RUNTIME_IMAGES.items()}
FETCHER_IMAGE = "docker.io/rclone/rclone:1.75.1@sha256:" + "2" * 64
TOOLS_IMAGE = "registry.example/inference/tools@sha256:" + "4" * 64
PAUSE_IMAGE = "registry.k8s.io/pause:3.10@sha256:" + "3" * 64

SMALL = ResourceClass(cpu="1", memory="2Gi")
GPU = ResourceClass(cpu="4", memory="16Gi", gpus=1)
STORAGE = ObjectStorage(
    endpoint="https://storage.example:9000",
    region="eu-central-1",
    credentials_secret="model-storage",
    cidrs=("192.0.2.0/24",),
)
RUNTIME_CLASS = RuntimeClass(
    handler="kata-qemu-snp",
    overhead=PodOverhead(cpu="250m", memory="160Mi"),
    node_selector={"katacontainers.io/kata-runtime": "true"},
    taints=(Taint(key="confidential", value="snp"),),
)
DATA = Data(class_=DataClass.INTERNAL, residency="eu-central-1")
GATEWAY = Gateway(name="public", namespace="gateway", hostname="models.example")
MESH = Mesh(
    profile=MeshProfile.ISTIO,
    issuers=(
        TokenIssuer(
            name="login", issuer="https://login.example", audiences=("models",), jwks_uri="https://login.example/keys"
        ),
    ),
    callers=(
        Caller(name="shop", namespace="shop", service_account="frontend"),
        Caller(name="lab", namespace="lab"),
        Caller(name="partner", issuer="login", subjects=("partner-1", "partner-2")),
        Caller(name="batch", namespace="batch", service_account="nightly", issuer="login"),
    ),
)
INGRESS = Ingress(namespace="ingress", class_name="public", hostname="models.example")

KEDA = Autoscaling(prometheus="http://prometheus.monitoring.svc:9090", scraper_namespace="monitoring")
ADAPTER = KEDA.model_copy(update={"engine": Engine.PROMETHEUS_ADAPTER, "adapter_namespace": "monitoring"})


def version(number: int, weight: int = 100, **fields: Any) -> Version:
    return Version(version=number, storage=f"s3://models/mnist/{number}", sha256=SHA256, weight=weight, **fields)


def model(name: str = "mnist", **fields: Any) -> Model:
    defaults: dict[str, Any] = {
        "runtime": "tensorflow-serving",
        "size": "24Mi",
        "resources": "small",
        "versions": (version(1),),
        "scaling": Scaling(min_replicas=2, max_replicas=4),
    }
    return Model(name=name, **{**defaults, **fields})


def service_args(
    served: Model | None = None, namespace: pulumi.Input[str] = "models", **fields: Any
) -> ModelServiceArgs:
    given: dict[str, Any] = {
        "model": served or model(),
        "resources": SMALL,
        "storage": STORAGE,
        "gateway": GATEWAY,
        "ingress": INGRESS,
        "namespace": namespace,
        "priority_class_name": "models-serving",
        "server_image": SERVER_IMAGES[served.runtime if served else model().runtime],
        "fetcher_image": FETCHER_IMAGE,
    }
    return ModelServiceArgs(**{**given, **fields})


TWO_VERSIONS = (version(1, 90, labels=("stable",)), version(2, 10, labels=("canary",)))

ONE_ANSWERS = (version(1, 100, labels=("stable",)), version(2, 0, labels=("canary",)))

RELEASES: Mapping[str, Mapping[str, Any]] = {
    "sticky-cookie": {"versions": TWO_VERSIONS, "release": WeightsRelease(sticky=Sticky(cookie="release"))},
    "sticky-header": {"versions": TWO_VERSIONS, "release": WeightsRelease(sticky=Sticky(header="x-version"))},
    "header": {
        "versions": ONE_ANSWERS,
        "release": HeaderRelease(candidate=2, header=Header(name="x-release", value="canary")),
    },
    "mirror": {"versions": ONE_ANSWERS, "release": MirrorRelease(candidate=2, percent=10)},
    "blue-green": {"versions": ONE_ANSWERS, "release": BlueGreenRelease()},
}
"""Two versions of a model behind the gateway, by what is special about how clients get to them."""

PROGRESSIVE: Mapping[str, Any] = {
    "exposure": Exposure.GATEWAY,
    "versions": ONE_ANSWERS,
    "release": ProgressiveRelease(
        candidate=2,
        gate=Gate(latency_p95_milliseconds=200),
        queries=(GateQuery(name="drift", query='max(drift{pod=~"$pods"})', maximum=0.5),),
    ),
}
"""The same, but moved by what Prometheus measures, so that the stack has to name one."""

MODELS: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "gateway": {"exposure": Exposure.GATEWAY, "versions": TWO_VERSIONS},
    **{name: {"exposure": Exposure.GATEWAY, **fields} for name, fields in RELEASES.items()},
    "ingress": {"exposure": Exposure.INGRESS},
    "node-port": {"exposure": Exposure.NODE_PORT, "clients": ("198.51.100.0/24",)},
    "load-balancer": {"exposure": Exposure.LOAD_BALANCER, "clients": ("198.51.100.0/24",)},
    "stateful": {"stateful": True, "replicas": 2, "scaling": None},
    "volume": {
        "volume": Volume(capacity="1Gi", storage_class="encrypted"),
        "data": DATA,
        "warmup": Warmup.REQUIRED,
    },
    "batching": {
        "batching": Batching(
            max_batch_size=32,
            batch_timeout_micros=5000,
            max_enqueued_batches=100,
            num_batch_threads=4,
            allowed_batch_sizes=(1, 8, 32),
        )
    },
    "adjusted": {
        "environment": {"TF_ENABLE_ONEDNN_OPTS": "0"},
        "server_flags": {"grpc_max_threads": 8, "prefer_tflite_model": False, "saved_model_tags": "serve"},
        "pod_annotations": {"contact": "shop@models.example"},
        "pod_labels": {"team": "shop"},
        "service_annotations": {"contact": "shop@models.example"},
    },
    "torchserve": {"runtime": "torchserve"},
    "triton": {"runtime": "triton", "triton": Triton(backend=Backend.PYTHON)},
}
RUNTIME_EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "tensorflow-serving": MODELS["plain"],
    "torchserve": MODELS["torchserve"],
    "triton": MODELS["triton"],
}
"""The simplest model of each runtime."""
"""The kinds of models, by what is special about them."""

SCALINGS: Mapping[str, Scaling] = {
    "load": Scaling(
        min_replicas=2,
        max_replicas=8,
        requests_per_second=50,
        latency_p95_milliseconds=200,
        gpu_utilization_percent=80,
        queue=WorkQueue(query='redis_list_length{key="mnist"}', length_per_pod=100),
        fallback_replicas=4,
    ),
    "peak": Scaling(
        min_replicas=2,
        max_replicas=8,
        schedules=(Schedule(timezone="Europe/Berlin", start="0 8 * * 1-5", end="0 18 * * 1-5", replicas=6),),
    ),
    "zero": Scaling(
        min_replicas=0,
        max_replicas=4,
        requests_per_second=0.5,
        arrivals_query='rate(istio_requests_total{destination_service_name="mnist"}[1m])',
        cold_start_seconds=300,
    ),
}
"""Kinds of scaling that need KEDA."""
