"""Every component with realistic arguments: what the contract test and the manifest tests are run over."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components import (
    AdmissionPolicies,
    AdmissionPoliciesArgs,
    GpuNodePool,
    GpuNodePoolArgs,
    ImagePrepull,
    ImagePrepullArgs,
    MetricsAdapterRules,
    MetricsAdapterRulesArgs,
    ModelNamespace,
    ModelNamespaceArgs,
    ModelService,
    ModelServiceArgs,
    ModelVerification,
    ModelVerificationArgs,
    PlatformAccess,
    PlatformAccessArgs,
)
from components.model_service.runtimes import tensorflow_serving, triton
from settings import (
    Access,
    Admission,
    Autoscaling,
    Backend,
    Batching,
    Data,
    DataClass,
    Devices,
    Engine,
    Exposure,
    Gateway,
    GpuPool,
    Ingress,
    Model,
    ObjectStorage,
    PodOverhead,
    Quota,
    ResourceClass,
    RuntimeClass,
    Scaling,
    Schedule,
    Signing,
    Taint,
    Triton,
    Vendor,
    Verification,
    Version,
    Volume,
    Warmup,
    WorkQueue,
    any_gpus,
)
from tests.components.gpu_software import GPU_SOFTWARE, Construct
from tests.components.image_builds import IMAGE_BUILDS
from tests.components.pools import DEVICES, POOLS
from tests.components.signing import SIGNING
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
    args = ModelServiceArgs(
        model=served or model(),
        resources=SMALL,
        storage=STORAGE,
        gateway=GATEWAY,
        ingress=INGRESS,
        hostname="mnist.models.example",
        namespace=namespace,
        priority_class_name="models-serving",
        server_image=SERVER_IMAGES[served.runtime if served else model().runtime],
        fetcher_image=FETCHER_IMAGE,
    )
    return replace(args, **fields)


TWO_VERSIONS = (version(1, 90, labels=("stable",)), version(2, 10, labels=("canary",)))

MODELS: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "gateway": {"exposure": Exposure.GATEWAY, "versions": TWO_VERSIONS},
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
    "torchserve": {"runtime": "torchserve"},
    "triton": {"runtime": "triton", "triton": Triton(backend=Backend.PYTHON)},
}
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


def _service(
    autoscaling: Autoscaling | None = None,
    devices: Devices | None = None,
    signing: Signing | None = None,
    **fields: Any,
) -> Construct:
    given = {"resources": GPU if devices else SMALL, "devices": devices, "autoscaling": autoscaling, "signing": signing}
    return lambda name, namespace, opts: ModelService(
        name,
        service_args(model(name, **fields), namespace, **given),
        opts,
    )


def _pool(pool: GpuPool) -> Construct:
    def construct(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> GpuNodePool:
        machine = pool.machine and pool.machine.model_copy(update={"namespace": namespace})
        own = pool.model_copy(update={"name": f"{namespace}-{name}", "machine": machine})
        args = GpuNodePoolArgs(pool=own, namespace=namespace, pause_image=PAUSE_IMAGE)
        return GpuNodePool(name, args, opts)

    return construct


def _adapter_rules(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> MetricsAdapterRules:
    load = {"tensorflow-serving": tensorflow_serving.LOAD, "triton": triton.LOAD}
    args = MetricsAdapterRulesArgs(namespace=namespace, window_seconds=60, load_metrics=load)
    return MetricsAdapterRules(name, args, opts)


def _namespace(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> ModelNamespace:
    quota = Quota(cpu="64", memory="256Gi", storage="100Gi", gpus=4, pods=100)
    own = f"{namespace}-{name}"
    args = ModelNamespaceArgs(
        namespace=own, quota=quota, runtime_classes={own: RUNTIME_CLASS, "nvidia": RuntimeClass()}
    )
    return ModelNamespace(name, args, opts)


def _prepull(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> ImagePrepull:
    images = {vendor: [*SERVER_IMAGES.values(), FETCHER_IMAGE] for vendor in (None, *Vendor)}
    pools = tuple(POOLS.values())
    args = ImagePrepullArgs(namespace=namespace, images=images, pause_image=PAUSE_IMAGE, pools=pools)
    return ImagePrepull(name, args, opts)


def _verification(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> ModelVerification:
    verification = Verification(schedule="*/15 * * * *", image=TOOLS_IMAGE, latency_p95_milliseconds=200)
    services = [service_args(model(**MODELS["gateway"]), namespace)]
    return ModelVerification(name, ModelVerificationArgs.of(verification, services), opts)


def _admission(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> AdmissionPolicies:
    return AdmissionPolicies(name, AdmissionPoliciesArgs(namespace=namespace, admission=Admission()), opts)


def _access(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> PlatformAccess:
    groups = Access(viewers=("everyone",), deployers=("engineers", "leads"), operators=("leads",), auditors=("audit",))
    return PlatformAccess(name, PlatformAccessArgs(namespace=namespace, access=groups), opts)


EXAMPLES: Mapping[str, Construct] = {
    "AdmissionPolicies": _admission,
    "ModelNamespace": _namespace,
    "ImagePrepull": _prepull,
    "PlatformAccess": _access,
    **GPU_SOFTWARE,
    **IMAGE_BUILDS,
    "MetricsAdapterRules": _adapter_rules,
    "ModelVerification": _verification,
    **{f"ModelService-{kind}": _service(**fields) for kind, fields in MODELS.items()},
    "ModelService-signed": _service(signing=SIGNING),
    "ModelService-gpu": _service(devices=any_gpus(1)),
    **{f"ModelService-{kind}": _service(devices=devices) for kind, devices in DEVICES.items()},
    **{f"GpuNodePool-{kind}": _pool(pool) for kind, pool in POOLS.items()},
    "ModelService-scaled-by-load": _service(KEDA, any_gpus(1), scaling=SCALINGS["load"]),
    "ModelService-scaled-by-the-clock": _service(KEDA, scaling=SCALINGS["peak"]),
    "ModelService-scaled-by-the-adapter": _service(
        ADAPTER, scaling=Scaling(min_replicas=2, max_replicas=8, requests_per_second=0.5, latency_p95_milliseconds=200)
    ),
}

every_example = pytest.mark.parametrize("construct", EXAMPLES.values(), ids=EXAMPLES)
