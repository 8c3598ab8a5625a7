"""Three models for a team whose cluster has Prometheus, KEDA and Istio already.

The models are scaled by what that Prometheus measures, watched by it, and reached through Istio's ingress, which is a
Gateway of the Gateway API. Their pods stay outside the mesh: an injected sidecar needs more than Pod Security's
restricted profile allows. No setting says that, so a transformation does.
"""

from typing import Any

import pulumi
from inference_platform.components import (
    ModelNamespace,
    ModelNamespaceArgs,
    ModelService,
    ModelServiceArgs,
    MonitoringStack,
    MonitoringStackArgs,
    cluster_of,
)
from inference_platform.settings import (
    Autoscaling,
    Backend,
    Exposure,
    Gateway,
    Model,
    Monitoring,
    ObjectStorage,
    Quota,
    Scaling,
    Triton,
    Version,
)

AUTOSCALING = Autoscaling(prometheus="http://prometheus.monitoring.svc:9090", scraper_namespace="monitoring")
MONITORING = Monitoring(scraper_namespace="monitoring", labels={"release": "prometheus"})
GATEWAY = Gateway(name="public", namespace="istio-ingress", hostname="forecasts.example")
STORAGE = ObjectStorage(region="eu-central-1", credentials_secret="model-storage", cidrs=("52.219.0.0/16",))  # noqa: S106
MODELS = (
    # Two versions: the gateway gives the new one a tenth of the requests.
    Model(
        name="demand",
        runtime="tensorflow-serving",
        size="300Mi",
        resources="medium",
        exposure=Exposure.GATEWAY,
        scaling=Scaling(min_replicas=2, max_replicas=8, requests_per_second=40, latency_p95_milliseconds=150),
        versions=(
            Version(version=3, storage="s3://forecasts/demand/3", sha256="3a" * 32, weight=90, labels=("stable",)),
            Version(version=4, storage="s3://forecasts/demand/4", sha256="4b" * 32, weight=10, labels=("canary",)),
        ),
    ),
    # Measured by its requests alone: Triton's metrics have no histogram of the latency.
    Model(
        name="prices",
        runtime="triton",
        triton=Triton(backend=Backend.ONNXRUNTIME),
        size="120Mi",
        resources="small",
        exposure=Exposure.GATEWAY,
        scaling=Scaling(min_replicas=2, max_replicas=4, requests_per_second=25),
        versions=(Version(version=1, storage="s3://forecasts/prices/1", sha256="1c" * 32),),
    ),
    # For the team's own jobs: reached inside the cluster only.
    Model(
        name="returns",
        runtime="tensorflow-serving",
        size="40Mi",
        resources="small",
        replicas=2,
        versions=(Version(version=12, storage="s3://forecasts/returns/12", sha256="5d" * 32),),
    ),
)


def outside_the_mesh(made: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """Tell Istio to inject no sidecar into the pods of a workload."""
    if made.type_ != "kubernetes:apps/v1:Deployment":
        return None
    spec: Any = made.props["spec"]
    pod = spec.template.metadata
    pod.labels["sidecar.istio.io/inject"] = "false"
    pod.annotations["inference/no-sidecar-reason"] = "A sidecar needs more than the restricted profile allows."
    return pulumi.ResourceTransformationResult(made.props, made.opts)


cluster = cluster_of(pulumi.Config().require("context"))
in_cluster = pulumi.ResourceOptions(provider=cluster, transformations=[outside_the_mesh])

quota = Quota(cpu="128", memory="512Gi", storage="100Gi", gpus=1, pods=100)
namespace = ModelNamespace("forecasts", ModelNamespaceArgs(namespace="forecasts", quota=quota), in_cluster)
served = [
    ModelServiceArgs(
        model=model,
        storage=STORAGE,
        namespace=namespace.namespace,
        priority_class_name=namespace.priority_class_name,
        gateway=GATEWAY,
        autoscaling=AUTOSCALING,
        monitoring=MONITORING,
    )
    for model in MODELS
]
services = {args.model.name: ModelService(args.model.name, args, in_cluster) for args in served}
MonitoringStack("monitoring", MonitoringStackArgs.of(MONITORING, served), in_cluster)

pulumi.export("addresses", {name: service.address for name, service in services.items()})
