"""The DaemonSet that pulls images, as pure functions."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes import apps, core

from components.accelerators import GPU_NODE_LABEL, GPU_NODE_SELECTOR, gpu_toleration
from components.metadata import IMAGE_PREPULL, object_metadata, pod_metadata, select
from components.security import restricted_container, restricted_pod

_RESOURCES = {"cpu": "10m", "memory": "32Mi"}


def service_account(name: str, namespace: pulumi.Input[str]) -> core.v1.ServiceAccountInitArgs:
    """An identity that may do nothing, so that the pods do not share the namespace's default one."""
    return core.v1.ServiceAccountInitArgs(
        metadata=object_metadata(name, namespace), automount_service_account_token=False
    )


def cpu_daemon_set(
    name: str, namespace: pulumi.Input[str], images: Sequence[pulumi.Input[str]], pause_image: pulumi.Input[str]
) -> apps.v1.DaemonSetInitArgs:
    """Pull ``images`` on every node without a GPU."""
    no_gpu = core.v1.NodeSelectorRequirementArgs(key=GPU_NODE_LABEL, operator="DoesNotExist")
    terms = [core.v1.NodeSelectorTermArgs(match_expressions=[no_gpu])]
    affinity = core.v1.AffinityArgs(
        node_affinity=core.v1.NodeAffinityArgs(
            required_during_scheduling_ignored_during_execution=core.v1.NodeSelectorArgs(node_selector_terms=terms)
        )
    )
    return _daemon_set(f"{name}-cpu", namespace, _pod_spec(name, images, pause_image, affinity=affinity))


def gpu_daemon_set(
    name: str, namespace: pulumi.Input[str], images: Sequence[pulumi.Input[str]], pause_image: pulumi.Input[str]
) -> apps.v1.DaemonSetInitArgs:
    """Pull ``images`` on every node with a GPU. The pods ask for none."""
    spec = _pod_spec(name, images, pause_image, node_selector=dict(GPU_NODE_SELECTOR), tolerations=[gpu_toleration()])
    return _daemon_set(f"{name}-gpu", namespace, spec)


def _daemon_set(name: str, namespace: pulumi.Input[str], spec: core.v1.PodSpecArgs) -> apps.v1.DaemonSetInitArgs:
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/component": IMAGE_PREPULL}
    return apps.v1.DaemonSetInitArgs(
        metadata=object_metadata(name, namespace, labels=labels),
        spec=apps.v1.DaemonSetSpecArgs(
            selector=select(labels),
            template=core.v1.PodTemplateSpecArgs(metadata=pod_metadata(labels), spec=spec),
            # Pulling is slow and nobody waits for it, so all nodes may change at once.
            update_strategy=apps.v1.DaemonSetUpdateStrategyArgs(
                type="RollingUpdate", rolling_update=apps.v1.RollingUpdateDaemonSetArgs(max_unavailable="100%")
            ),
        ),
    )


def _pod_spec(
    account: str,
    images: Sequence[pulumi.Input[str]],
    pause_image: pulumi.Input[str],
    *,
    affinity: core.v1.AffinityArgs | None = None,
    node_selector: dict[str, str] | None = None,
    tolerations: list[core.v1.TolerationArgs] | None = None,
) -> core.v1.PodSpecArgs:
    return core.v1.PodSpecArgs(
        service_account_name=account,
        automount_service_account_token=False,
        enable_service_links=False,
        security_context=restricted_pod(),
        affinity=affinity,
        node_selector=node_selector,
        tolerations=tolerations,
        termination_grace_period_seconds=1,
        # To run a command of an image that ends at once is what makes the kubelet pull it.
        init_containers=[_container(f"pull-{index}", image, ["/bin/true"]) for index, image in enumerate(images)],
        containers=[_container("hold", pause_image, None)],
    )


def _container(name: str, image: pulumi.Input[str], command: list[str] | None) -> core.v1.ContainerArgs:
    return core.v1.ContainerArgs(
        name=name,
        image=image,
        command=command,
        resources=core.v1.ResourceRequirementsArgs(requests=_RESOURCES, limits=_RESOURCES),
        security_context=restricted_container(),
    )
