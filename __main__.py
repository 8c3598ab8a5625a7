"""The serving platform of one environment: its namespace, its images, its models."""

import pulumi
import pulumi_kubernetes as kubernetes

import components
import settings
from versions import MODEL_FETCHER, PAUSE, RUNTIME_IMAGES, read_lock

platform = settings.load_current()
lock = read_lock()

# The context is named, so that a stack never reaches whichever cluster the user's kubeconfig happens to point at.
cluster = kubernetes.Provider("cluster", context=platform.cluster.context)
in_cluster = pulumi.ResourceOptions(provider=cluster)

namespace = components.ModelNamespace(
    "models", components.ModelNamespaceArgs(namespace=platform.namespace, quota=platform.quota), in_cluster
)

images: dict[str, str] = {}
images_by_node: dict[str, set[str]] = {"cpu": set(), "gpu": set()}
for model in platform.models:
    gpus = platform.resources_of(model).gpus
    images[model.name] = RUNTIME_IMAGES[model.runtime].on(gpus).pinned(lock)
    images_by_node["gpu" if gpus else "cpu"] |= {images[model.name], MODEL_FETCHER.pinned(lock)}

components.ImagePrepull(
    "image-prepull",
    components.ImagePrepullArgs(
        namespace=namespace.namespace,
        cpu_images=sorted(images_by_node["cpu"]),
        gpu_images=sorted(images_by_node["gpu"]),
        pause_image=PAUSE.pinned(lock),
    ),
    in_cluster,
)

addresses: dict[str, pulumi.Output[str]] = {}
for model in platform.models:
    service = components.ModelService(
        model.name,
        components.ModelServiceArgs.of(
            platform,
            model,
            namespace=namespace.namespace,
            priority_class_name=namespace.priority_class_name,
            server_image=images[model.name],
            fetcher_image=MODEL_FETCHER.pinned(lock),
        ),
        in_cluster,
    )
    addresses[model.name] = service.address

if platform.autoscaling and platform.autoscaling.adapter_namespace:
    rules = components.MetricsAdapterRulesArgs.of(platform, platform.autoscaling)
    components.MetricsAdapterRules("metrics-adapter", rules, in_cluster)

pulumi.export("namespace", namespace.namespace)
pulumi.export("addresses", addresses)
