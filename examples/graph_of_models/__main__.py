"""A light model answers what it is sure of; a heavy one is asked about the rest, and where the light one fails."""

import pulumi
import pulumi_kubernetes as kubernetes
from inference_platform.components import (
    InferenceGraph,
    InferenceGraphArgs,
    ModelNamespace,
    ModelNamespaceArgs,
    ModelService,
    ModelServiceArgs,
)
from inference_platform.settings import (
    Backend,
    DataType,
    Model,
    ObjectStorage,
    Quota,
    ResourceClass,
    Tensor,
    Triton,
    Version,
)
from inference_platform.settings.graph import Cascade, Edge, Graph, Target

config = pulumi.Config()
cluster = kubernetes.Provider("claims-cluster", context="claims")
in_cluster = pulumi.ResourceOptions(provider=cluster)
quota = Quota(cpu="32", memory="64Gi", storage="100Gi", gpus=0, pods=40)
namespace = ModelNamespace("claims", ModelNamespaceArgs(namespace="claims", quota=quota), in_cluster)
storage = ObjectStorage(
    endpoint="https://minio.claims.example:9000",
    region="eu-central-1",
    credentials_secret="model-storage",  # noqa: S106 - the name of a Secret of the namespace
    cidrs=("10.20.0.0/16",),
)

# Both models say their tensors, so that the graph is checked before anything is deployed.
tensors = Triton(
    backend=Backend.ONNXRUNTIME,
    inputs=(Tensor(name="claim", data_type=DataType.FP32, dims=(-1, 24)),),
    outputs=(Tensor(name="scores", data_type=DataType.FP32, dims=(-1, 2)),),
)


def model(name: str, version: int, sha256: str) -> Model:
    """One of the two, which differ in what they cost."""
    return Model(
        name=name,
        runtime="triton",
        triton=tensors,
        size="100Mi",
        resources="model",
        replicas=2,
        versions=(Version(version=version, storage=f"s3://claims/{name}/{version}", sha256=sha256),),
    )


services = [
    ModelServiceArgs(
        model=each,
        resources=ResourceClass(cpu="2", memory="4Gi"),
        storage=storage,
        namespace=namespace.namespace,
    )
    for each in (model("trees", 3, "3a" * 32), model("network", 8, "8b" * 32))
]
cascade = Graph(
    name="claim-scores",
    entry="sure",
    budget_milliseconds=700,
    inputs=tensors.inputs,
    steps=(
        Cascade(
            name="sure",
            light=Edge(
                to="trees",
                timeout_milliseconds=50,
                retries=1,
                fallback=Target(to="network", timeout_milliseconds=200),
            ),
            heavy=Edge(to="network", timeout_milliseconds=300),
            confidence="scores",
            threshold=0.95,
        ),
    ),
)

for args in services:
    ModelService(args.model.name, args, in_cluster)
graph = InferenceGraph(
    "claim-scores",
    InferenceGraphArgs(
        graph=cascade, models=services, namespace=namespace.namespace, image=config.require("routerImage")
    ),
    in_cluster,
)

pulumi.export("claimScores", graph.address)
