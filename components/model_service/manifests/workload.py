"""The servers of one version: a Deployment, or a StatefulSet for a model whose clients stay with one pod."""

from collections.abc import Mapping

from pulumi_kubernetes import apps, core

from components.accelerators import device_tolerations, node_affinity, node_selector
from components.metadata import (
    CONFIGURATION_DIGEST_ANNOTATION,
    MODEL_SERVER,
    MODEL_SIZE_ANNOTATION,
    object_metadata,
    pod_metadata,
    select,
)
from components.model_service.args import ServedVersion
from components.model_service.manifests import configuration, storage
from components.model_service.manifests.durations import SHUTDOWN_SECONDS, progress_deadline_seconds
from components.model_service.manifests.metrics import own_metrics
from components.model_service.manifests.resources import server_resources
from components.model_service.runtimes import Server
from components.security import restricted_container, restricted_pod, scratch_mount, scratch_volume
from components.service_mesh.profile import PodMarks
from components.service_mesh.profiles import profile_of
from settings import Strategy, quantity_bytes, runtime_class_of

# A silent node counts as lost after 50 s (kube-controller-manager's --node-monitor-grace-period), and by default its
# pods stay for another 300 s. With 20 s the model has all pods again within 90 s, and a short outage moves none.
_LOST_NODE_SECONDS = 20
_SHARED_MEMORY = "shared-memory"
_HOST = "kubernetes.io/hostname"
_ZONE = "topology.kubernetes.io/zone"


def deployment(served: ServedVersion) -> apps.v1.DeploymentInitArgs:
    """The version's servers, which are interchangeable."""
    surge, unavailable = (0, 1) if served.args.devices or not _fits_twice(served) else (1, 0)
    return apps.v1.DeploymentInitArgs(
        metadata=object_metadata(served.name, served.args.namespace, labels=served.labels),
        spec=apps.v1.DeploymentSpecArgs(
            replicas=_replicas(served),
            selector=select(served.selector),
            template=_pod_template(served),
            revision_history_limit=5,
            progress_deadline_seconds=progress_deadline_seconds(served),
            strategy=apps.v1.DeploymentStrategyArgs(
                type="RollingUpdate",
                # Without a spare GPU, a pod that needs one cannot start until another pod releases its GPU.
                rolling_update=apps.v1.RollingUpdateDeploymentArgs(max_surge=surge, max_unavailable=unavailable),
            ),
        ),
    )


def stateful_set(served: ServedVersion) -> apps.v1.StatefulSetInitArgs:
    """The version's servers, each with a stable name that outlives its pods."""
    return apps.v1.StatefulSetInitArgs(
        metadata=object_metadata(served.name, served.args.namespace, labels=served.labels),
        spec=apps.v1.StatefulSetSpecArgs(
            replicas=_replicas(served),
            service_name=headless_name(served),
            selector=select(served.selector),
            template=_pod_template(served),
            revision_history_limit=5,
            # Servers are independent, so none has to wait for another.
            pod_management_policy="Parallel",
        ),
    )


def _replicas(served: ServedVersion) -> int | None:
    return served.model.replicas if served.is_running else 0


def _fits_twice(served: ServedVersion) -> bool:
    return served.model.rollout.strategy is Strategy.SURGE


def headless_name(served: ServedVersion) -> str:
    """The service that gives each pod of a stateful version its DNS name."""
    return f"{served.name}-pods"


def _pod_template(served: ServedVersion) -> core.v1.PodTemplateSpecArgs:
    devices = served.args.devices
    mesh = _mesh_marks(served)
    return core.v1.PodTemplateSpecArgs(
        metadata=pod_metadata(
            {**served.model.pod_labels, **served.labels, **mesh.labels},
            {
                **served.model.pod_annotations,
                **mesh.annotations,
                CONFIGURATION_DIGEST_ANNOTATION: configuration.digest(served),
                MODEL_SIZE_ANNOTATION: str(quantity_bytes(served.model.size)),
            },
        ),
        spec=core.v1.PodSpecArgs(
            service_account_name=served.args.account_name,
            automount_service_account_token=False,
            enable_service_links=False,
            priority_class_name=served.args.priority_class_name,
            security_context=restricted_pod(),
            termination_grace_period_seconds=served.model.drain_seconds + SHUTDOWN_SECONDS,
            runtime_class_name=runtime_class_of(served.model, served.args.resource_class, devices),
            node_selector=node_selector(devices),
            tolerations=[*_lost_node_tolerations(), *device_tolerations(devices)],
            affinity=_affinity(served),
            topology_spread_constraints=[_spread(served, _ZONE), _spread(served, _HOST)],
            init_containers=storage.init_containers(served),
            containers=[_server(served)],
            volumes=[
                *storage.volumes(served),
                configuration.volume(served),
                scratch_volume(served.server.scratch_mebibytes),
                *_shared_memory_volumes(served),
            ],
        ),
    )


def _mesh_marks(served: ServedVersion) -> PodMarks:
    args = served.args
    storage_ports = () if served.model.volume else args.storage.ports
    return profile_of(args.mesh).inside(args.mesh, storage_ports=storage_ports, metrics=own_metrics(served))


def _server(served: ServedVersion) -> core.v1.ContainerArgs:
    server = served.server
    return core.v1.ContainerArgs(
        name=MODEL_SERVER,
        image=served.args.server_reference,
        command=list(server.command),
        args=list(server.arguments),
        env=_environment({**served.model.environment, **server.environment}),
        ports=_ports(server),
        startup_probe=server.probes.startup,
        readiness_probe=server.probes.readiness,
        liveness_probe=server.probes.liveness,
        # Servers exit on SIGTERM even with open requests; the sleep lets endpoints drop the pod and requests finish.
        lifecycle=core.v1.LifecycleArgs(
            pre_stop=core.v1.LifecycleHandlerArgs(sleep=core.v1.SleepActionArgs(seconds=served.model.drain_seconds))
        ),
        resources=_resource_requirements(served),
        security_context=restricted_container(),
        # Why a server ends before it is ready: a deployment tells it.
        termination_message_policy="FallbackToLogsOnError",
        volume_mounts=[
            storage.server_mount(served),
            configuration.mount(served),
            scratch_mount(),
            *_shared_memory_mounts(served),
        ],
    )


def _environment(variables: Mapping[str, str]) -> list[core.v1.EnvVarArgs]:
    return [core.v1.EnvVarArgs(name=name, value=value) for name, value in variables.items()]


def _ports(server: Server) -> list[core.v1.ContainerPortArgs]:
    """Each port once: metrics have a port of their own or share the HTTP port."""
    ports = {"grpc": server.grpc_port, "http": server.http_port}
    if server.metrics_port not in ports.values():
        ports["metrics"] = server.metrics_port
    return [core.v1.ContainerPortArgs(name=name, container_port=port) for name, port in ports.items()]


def _shared_memory_volumes(served: ServedVersion) -> list[core.v1.VolumeArgs]:
    mebibytes = served.server.shared_memory_mebibytes
    memory = core.v1.EmptyDirVolumeSourceArgs(medium="Memory", size_limit=f"{mebibytes}Mi")
    return [core.v1.VolumeArgs(name=_SHARED_MEMORY, empty_dir=memory)] if mebibytes else []


def _shared_memory_mounts(served: ServedVersion) -> list[core.v1.VolumeMountArgs]:
    mount = core.v1.VolumeMountArgs(name=_SHARED_MEMORY, mount_path="/dev/shm")  # noqa: S108 - of the pod alone
    return [mount] if served.server.shared_memory_mebibytes else []


def _resource_requirements(served: ServedVersion) -> core.v1.ResourceRequirementsArgs:
    """Requests equal limits: a server keeps its latency whatever its neighbours do and is not evicted first."""
    amounts = server_resources(served)
    return core.v1.ResourceRequirementsArgs(requests=amounts, limits=amounts)


def _lost_node_tolerations() -> list[core.v1.TolerationArgs]:
    """How long a pod stays on a node that fails or becomes unreachable."""
    return [
        core.v1.TolerationArgs(
            key=f"node.kubernetes.io/{state}",
            operator="Exists",
            effect="NoExecute",
            toleration_seconds=_LOST_NODE_SECONDS,
        )
        for state in ("not-ready", "unreachable")
    ]


def _affinity(served: ServedVersion) -> core.v1.AffinityArgs:
    """Nodes that have the devices and that the images are built for, a different one for each pod if possible."""
    term = core.v1.PodAffinityTermArgs(label_selector=select(served.selector), topology_key=_HOST)
    return core.v1.AffinityArgs(
        node_affinity=node_affinity(served.args.devices, served.args.built_for),
        pod_anti_affinity=core.v1.PodAntiAffinityArgs(
            preferred_during_scheduling_ignored_during_execution=[
                core.v1.WeightedPodAffinityTermArgs(weight=100, pod_affinity_term=term)
            ]
        ),
    )


def _spread(served: ServedVersion, topology_key: str) -> core.v1.TopologySpreadConstraintArgs:
    """Evenly over zones and nodes, but a full zone does not prevent a pod from running in another."""
    return core.v1.TopologySpreadConstraintArgs(
        max_skew=1,
        topology_key=topology_key,
        when_unsatisfiable="ScheduleAnyway",
        label_selector=select(served.selector),
    )
