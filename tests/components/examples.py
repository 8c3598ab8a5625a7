"""Every component with realistic arguments: what the contract test and the manifest tests are run over."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components import (
    AddOn,
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
    ModelVerification,
    ModelVerificationArgs,
    PlatformAccess,
    PlatformAccessArgs,
    Prometheus,
    prometheus_operator,
)
from components.model_service.runtimes import tensorflow_serving, triton
from settings import (
    Access,
    Admission,
    Architecture,
    Autoscaling,
    GpuPool,
    Mesh,
    ModelMesh,
    Quota,
    ResourceClass,
    RuntimeClass,
    Scaling,
    Signing,
    Vendor,
    Verification,
)
from tests.components.add_on.installed_mesh import add_on, mesh
from tests.components.add_on.installed_monitoring import EVERYTHING, monitoring, servers
from tests.components.gpu_software.gpu_software import GPU_SOFTWARE, Construct
from tests.components.graphed import INFERENCE_GRAPHS
from tests.components.image_builds.image_builds import IMAGE_BUILDS
from tests.components.ingress_gateway.owned_gateway import INGRESS_GATEWAY
from tests.components.logging_stack.examples import LOGGING_STACKS, logging_operator
from tests.components.meshed import service_mesh
from tests.components.model_service.signing import SIGNING
from tests.components.models import (
    ADAPTER,
    FETCHER_IMAGE,
    GPU,
    KEDA,
    MESH,
    MODELS,
    PAUSE_IMAGE,
    PROGRESSIVE,
    RUNTIME_CLASS,
    SCALINGS,
    SERVER_IMAGES,
    SMALL,
    TOOLS_IMAGE,
    model,
    service_args,
)
from tests.components.pools import MODEL_POOLS, POOLS, asking_for
from tests.components.sampled import model_sampling
from tests.components.watched import monitoring_stack


def _service(
    autoscaling: Autoscaling | None = None,
    resources: ResourceClass = SMALL,
    pools: Sequence[GpuPool] = (),
    signing: Signing | None = None,
    of_stack: Mesh | None = None,
    **fields: Any,
) -> Construct:
    given = {"resources": resources, "pools": pools, "autoscaling": autoscaling, "signing": signing}
    given |= {"mesh": of_stack or Mesh()}
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
    args = ImagePrepullArgs(
        namespace=namespace,
        images=images,
        pause_image=PAUSE_IMAGE,
        architectures=dict.fromkeys(images, (Architecture.AMD64,)),
        pools=pools,
    )
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


def _add_on(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> AddOn:
    own = f"{namespace}-{name}"
    args = add_on(mesh({"controlPlaneNamespace": own}, cniNamespace=f"{own}-nodes"))
    return AddOn(name, args, opts)


def _operator(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> AddOn:
    args = servers(monitoring(f"{namespace}-{name}", **EVERYTHING), namespace)
    return AddOn(name, prometheus_operator(namespace, args), opts)


def _prometheus(name: str, namespace: str, opts: pulumi.ResourceOptions | None) -> Prometheus:
    given = servers(monitoring(f"{namespace}-{name}", **EVERYTHING), namespace)
    sources = [replace(each, namespace=f"{namespace}-{each.namespace}") for each in given.sources]
    return Prometheus(name, replace(given, sources=sources, control_plane=f"{namespace}-mesh"), opts)


EXAMPLES: Mapping[str, Construct] = {
    "AddOn": _add_on,
    "AddOn-prometheus-operator": _operator,
    "AddOn-eck": logging_operator,
    "AdmissionPolicies": _admission,
    "ModelNamespace": _namespace,
    "ImagePrepull": _prepull,
    "PlatformAccess": _access,
    **GPU_SOFTWARE,
    **IMAGE_BUILDS,
    **LOGGING_STACKS,
    **INGRESS_GATEWAY,
    "MetricsAdapterRules": _adapter_rules,
    "ModelVerification": _verification,
    "ModelSampling": model_sampling,
    **INFERENCE_GRAPHS,
    "ServiceMesh": service_mesh,
    "MonitoringStack": monitoring_stack,
    "Prometheus": _prometheus,
    **{f"ModelService-{kind}": _service(**fields) for kind, fields in MODELS.items()},
    "ModelService-meshed": _service(KEDA, mesh=ModelMesh(callers=("shop",)), of_stack=MESH),
    "ModelService-signed": _service(signing=SIGNING),
    "ModelService-gpu": _service(resources=GPU),
    **{
        f"ModelService-{kind}": _service(resources=asking_for(pool, pool.offers[0]), pools=(pool,))
        for kind, pool in MODEL_POOLS.items()
    },
    **{f"GpuNodePool-{kind}": _pool(pool) for kind, pool in POOLS.items()},
    "ModelService-progressive": _service(KEDA, **PROGRESSIVE),
    "ModelService-progressive-meshed": _service(KEDA, mesh=ModelMesh(), of_stack=MESH, **PROGRESSIVE),
    "ModelService-scaled-by-load": _service(KEDA, GPU, scaling=SCALINGS["load"]),
    "ModelService-scaled-by-the-clock": _service(KEDA, scaling=SCALINGS["peak"]),
    "ModelService-scaled-by-the-adapter": _service(
        ADAPTER, scaling=Scaling(min_replicas=2, max_replicas=8, requests_per_second=0.5, latency_p95_milliseconds=200)
    ),
}

every_example = pytest.mark.parametrize("construct", EXAMPLES.values(), ids=EXAMPLES)
