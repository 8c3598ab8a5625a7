"""The pods of a graph's router, as pure functions."""

import math

from pulumi_kubernetes import apps, core

from components.accelerators import node_affinity
from components.inference_graph.args import InferenceGraphArgs
from components.inference_graph.document import GRAPH_FILE
from components.inference_graph.manifests import METRICS_PORT, PORT, metadata, router_labels
from components.metadata import CONFIGURATION_DIGEST_ANNOTATION, pod_metadata, select
from components.node_disk import node_disk
from components.security import SCRATCH_MEBIBYTES, restricted_container, restricted_pod, scratch_mount, scratch_volume

DIRECTORY = "/etc/graph"
DRAIN_SECONDS, _SHUTDOWN_SECONDS = 5, 5
_VOLUME = "configuration"
_HOST, _ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
_LIVE, _READY = "/v2/health/live", "/v2/health/ready"


def deployment(args: InferenceGraphArgs) -> apps.v1.DeploymentInitArgs:
    """A new pod is Ready before an old one ends, which answers what it has."""
    size, labels = args.graph.router, router_labels(args.graph.name)
    return apps.v1.DeploymentInitArgs(
        metadata=metadata(args),
        spec=apps.v1.DeploymentSpecArgs(
            replicas=None if size.max_replicas else size.replicas,
            selector=select(labels),
            template=_pod_template(args),
            revision_history_limit=5,
            strategy=apps.v1.DeploymentStrategyArgs(
                type="RollingUpdate",
                rolling_update=apps.v1.RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0),
            ),
        ),
    )


def _pod_template(args: InferenceGraphArgs) -> core.v1.PodTemplateSpecArgs:
    labels = router_labels(args.graph.name)
    config_map = core.v1.ConfigMapVolumeSourceArgs(name=args.graph.name)
    return core.v1.PodTemplateSpecArgs(
        metadata=pod_metadata(labels, {CONFIGURATION_DIGEST_ANNOTATION: args.digest}),
        spec=core.v1.PodSpecArgs(
            service_account_name=args.graph.name,
            automount_service_account_token=False,
            enable_service_links=False,
            priority_class_name=args.priority_class_name,
            security_context=restricted_pod(),
            termination_grace_period_seconds=_seconds_to_end(args),
            affinity=core.v1.AffinityArgs(node_affinity=node_affinity(None, args.architectures)),
            topology_spread_constraints=[
                core.v1.TopologySpreadConstraintArgs(
                    max_skew=1, topology_key=key, when_unsatisfiable="ScheduleAnyway", label_selector=select(labels)
                )
                for key in (_ZONE, _HOST)
            ],
            containers=[_container(args)],
            volumes=[core.v1.VolumeArgs(name=_VOLUME, config_map=config_map), scratch_volume()],
        ),
    )


def _seconds_to_end(args: InferenceGraphArgs) -> int:
    """The router still takes requests until the endpoints have dropped it, and answers each within the budget."""
    return DRAIN_SECONDS + math.ceil(args.graph.budget_milliseconds / 1000) + _SHUTDOWN_SECONDS


def _container(args: InferenceGraphArgs) -> core.v1.ContainerArgs:
    options = {
        "graph": f"{DIRECTORY}/{GRAPH_FILE}",
        "port": PORT,
        "metrics-port": METRICS_PORT,
        "drain-seconds": DRAIN_SECONDS,
    }
    alive, ready = (core.v1.HTTPGetActionArgs(path=path, port=PORT) for path in (_LIVE, _READY))
    amounts = {"cpu": args.graph.router.cpu, "memory": args.graph.router.memory, **node_disk(SCRATCH_MEBIBYTES)}
    return core.v1.ContainerArgs(
        name="router",
        image=args.image,
        command=["python", "-m", "graph_router"],
        args=[f"--{option}={value}" for option, value in options.items()],
        ports=[
            core.v1.ContainerPortArgs(name="http", container_port=PORT),
            core.v1.ContainerPortArgs(name="metrics", container_port=METRICS_PORT),
        ],
        startup_probe=core.v1.ProbeArgs(http_get=ready, period_seconds=2, failure_threshold=30),
        readiness_probe=core.v1.ProbeArgs(http_get=ready, period_seconds=5, timeout_seconds=3),
        liveness_probe=core.v1.ProbeArgs(http_get=alive, period_seconds=10, timeout_seconds=3, failure_threshold=3),
        resources=core.v1.ResourceRequirementsArgs(requests=amounts, limits=amounts),
        security_context=restricted_container(),
        # Why a graph cannot be used: a deployment tells it.
        termination_message_policy="FallbackToLogsOnError",
        volume_mounts=[
            core.v1.VolumeMountArgs(name=_VOLUME, mount_path=DIRECTORY, read_only=True),
            scratch_mount(),
        ],
    )
