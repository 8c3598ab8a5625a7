"""A program with a cluster, a namespace and object storage of its own, which adds a model on a pool of GPUs."""

import pulumi
import pulumi_kubernetes as kubernetes
from inference_platform.components import GpuNodePool, GpuNodePoolArgs, ModelService, ModelServiceArgs, allow_dns
from inference_platform.settings import (
    Backend,
    GpuPool,
    GpuRequest,
    Model,
    ObjectReference,
    ObjectStorage,
    Provisioner,
    ResourceClass,
    Sharing,
    SharingStrategy,
    Triton,
    Version,
)

# What the program has anyway.
config = pulumi.Config()
cluster = kubernetes.Provider("shop-cluster", context="shop")
in_cluster = pulumi.ResourceOptions(provider=cluster)
namespace = kubernetes.core.v1.Namespace("shop", metadata={"name": "shop"}, opts=in_cluster)
account = kubernetes.core.v1.ServiceAccount(
    "ranking",
    metadata={"name": "ranking", "namespace": namespace.metadata.name},
    automount_service_account_token=False,
    opts=in_cluster,
)
credentials = kubernetes.core.v1.Secret(
    "model-storage",
    metadata={"name": "model-storage", "namespace": namespace.metadata.name},
    string_data={
        "accessKeyId": config.require_secret("storageAccessKeyId"),
        "secretAccessKey": config.require_secret("storageSecretAccessKey"),
    },
    opts=in_cluster,
)

# What the model needs. Pods with a network policy reach nothing else, so the namespace must allow look-ups.
dns = kubernetes.networking.v1.NetworkPolicy("allow-dns", allow_dns(namespace.metadata.name), in_cluster)
storage = ObjectStorage(
    endpoint="https://minio.shop.example:9000",
    region="eu-central-1",
    credentials_secret="model-storage",  # noqa: S106 - the name of the Secret above
    cidrs=("10.20.0.0/16",),
)
pool = GpuPool(
    name="shop-gpus",
    provisioner=Provisioner.KARPENTER,
    accelerator="a100-40gb",
    max_nodes=2,
    sharing=Sharing(strategy=SharingStrategy.MPS, replicas=4),
    spare=1,
    node_class=ObjectReference(group="karpenter.k8s.aws", kind="EC2NodeClass", name="gpu"),
    instance_types=("p4d.24xlarge",),
)
ranking = Model(
    name="ranking",
    runtime="triton",
    triton=Triton(backend=Backend.ONNXRUNTIME),
    size="900Mi",
    resources="quarter-gpu",
    replicas=2,
    versions=(Version(version=7, storage="s3://shop-models/ranking/7", sha256="7d" * 32),),
)

GpuNodePool("shop-gpus", GpuNodePoolArgs(pool=pool, namespace=namespace.metadata.name), in_cluster)
service = ModelService(
    "ranking",
    ModelServiceArgs(
        model=ranking,
        resources=ResourceClass(cpu="4", memory="16Gi", gpu=GpuRequest(accelerator="a100-40gb", memory="10Gi")),
        pools=(pool,),
        storage=storage,
        namespace=namespace.metadata.name,
        service_account_name=account.metadata.name,
    ),
    pulumi.ResourceOptions(provider=cluster, depends_on=[credentials, dns]),
)

pulumi.export("ranking", service.address)
