"""Pods that keep devices free: a model that needs one preempts them immediately, on a node that is already warm."""

from pulumi_kubernetes import apps, core, scheduling

from components.accelerators import device_amounts, device_tolerations, node_affinity, node_selector
from components.gpu_node_pool.args import GpuNodePoolArgs
from components.identity import account_of
from components.metadata import GPU_SPARE, SKIP_AWAIT_ANNOTATION, object_metadata, pod_metadata, select
from components.security import restricted_container, restricted_pod
from components.service_mesh.profiles import profile_of
from settings import SPARE_CPU, SPARE_MEMORY, GpuPool, Offer

# Below every model's pods, but not below -10, where the cluster autoscaler stops adding nodes for pods.
_PRIORITY = -10


def priority_class(pool: GpuPool) -> scheduling.v1.PriorityClassInitArgs:
    """Preempted by everything and preempting nothing. The class is cluster-scoped."""
    return scheduling.v1.PriorityClassInitArgs(
        metadata=object_metadata(_name(pool)),
        value=_PRIORITY,
        preemption_policy="Never",
        global_default=False,
        description="Pods that keep an accelerator free until somebody needs it.",
    )


def service_account(args: GpuNodePoolArgs) -> core.v1.ServiceAccountInitArgs:
    """The identity of the pool's spare pods."""
    return account_of(object_metadata(_name(args.pool), args.namespace), args.pull_secrets)


def kind(offer: Offer) -> str:
    """A kind of device as part of a name: ``mig-1g-5gb``."""
    return offer.resource.rpartition("/")[2].replace(".", "-")


def deployment(args: GpuNodePoolArgs, offer: Offer) -> apps.v1.DeploymentInitArgs:
    """One pod for each device of a kind that is to be kept free."""
    name = f"{_name(args.pool)}-{kind(offer)}"
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/component": GPU_SPARE}
    mesh = profile_of(args.mesh).outside("It neither sends nor receives anything.")
    return apps.v1.DeploymentInitArgs(
        metadata=object_metadata(name, args.namespace, labels=labels, annotations={SKIP_AWAIT_ANNOTATION: "true"}),
        spec=apps.v1.DeploymentSpecArgs(
            replicas=args.pool.spare,
            selector=select(labels),
            # There is no device for a new pod until an old one stops.
            strategy=apps.v1.DeploymentStrategyArgs(
                type="RollingUpdate",
                rolling_update=apps.v1.RollingUpdateDeploymentArgs(max_surge=0, max_unavailable=1),
            ),
            template=core.v1.PodTemplateSpecArgs(
                metadata=pod_metadata({**labels, **mesh.labels}, mesh.annotations), spec=_pod(args, offer)
            ),
        ),
    )


def _pod(args: GpuNodePoolArgs, offer: Offer) -> core.v1.PodSpecArgs:
    devices = args.pool.devices(offer)
    amounts = {"cpu": SPARE_CPU, "memory": SPARE_MEMORY, **device_amounts(devices)}
    return core.v1.PodSpecArgs(
        service_account_name=_name(args.pool),
        automount_service_account_token=False,
        enable_service_links=False,
        priority_class_name=_name(args.pool),
        security_context=restricted_pod(),
        termination_grace_period_seconds=0,
        node_selector=node_selector(devices),
        affinity=core.v1.AffinityArgs(node_affinity=node_affinity(devices, args.pause_architectures)),
        tolerations=device_tolerations(devices),
        containers=[
            core.v1.ContainerArgs(
                name="hold",
                image=args.pause_reference,
                resources=core.v1.ResourceRequirementsArgs(requests=amounts, limits=amounts),
                security_context=restricted_container(),
            )
        ],
    )


def _name(pool: GpuPool) -> str:
    return f"{pool.name}-spare"
