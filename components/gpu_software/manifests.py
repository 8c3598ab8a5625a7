"""The objects of the software on nodes with accelerators, as pure functions.

Source of the chart's values: https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/
"""

from collections.abc import Mapping
from typing import Any

import yaml
from pulumi_kubernetes import core, helm, node

from components.device_plugin import MIG_DISABLED, mig_configurations, plugin_configurations
from components.gpu_software.args import GpuSoftwareArgs
from components.metadata import object_metadata

_MIG_FILE = "config.yaml"  # the name that MIG manager looks for
_CHARTS = "https://helm.ngc.nvidia.com/nvidia"
_INSTALL_SECONDS = 1200  # a driver is compiled on the node where no package fits its kernel


def namespace(args: GpuSoftwareArgs) -> core.v1.NamespaceInitArgs:
    """A namespace for pods that load drivers and write to the kubelet's directories."""
    labels = {"pod-security.kubernetes.io/enforce": "privileged"}
    return core.v1.NamespaceInitArgs(metadata=object_metadata(args.software.namespace, labels=labels))


def sharing(name: str, args: GpuSoftwareArgs) -> core.v1.ConfigMapInitArgs:
    """A configuration of the device plug-in for each pool that shares cards."""
    configurations = plugin_configurations(args.pools)
    return _config_map(args, f"{name}-sharing", {pool: _yaml(each) for pool, each in configurations.items()})


def partitions(name: str, args: GpuSoftwareArgs) -> core.v1.ConfigMapInitArgs:
    """How the cards of each pool are cut."""
    return _config_map(args, f"{name}-partitions", {_MIG_FILE: _yaml(mig_configurations(args.pools))})


def runtime_class(name: str, handler: str) -> node.v1.RuntimeClassInitArgs:
    """A way to run containers that the nodes' container engine knows by ``handler``."""
    return node.v1.RuntimeClassInitArgs(metadata=object_metadata(name), handler=handler)


def operator_release(name: str, args: GpuSoftwareArgs) -> helm.v3.ReleaseArgs:
    """NVIDIA's GPU operator: drivers, container toolkit, device plug-in, feature discovery, MIG manager and metrics."""
    return helm.v3.ReleaseArgs(
        name="gpu-operator",
        namespace=args.software.namespace,
        chart="gpu-operator",
        version=args.software.chart_version,
        repository_opts=helm.v3.RepositoryOptsArgs(repo=_CHARTS),
        timeout=_INSTALL_SECONDS,
        # A half-installed operator is taken away again: no node is left with half a driver.
        atomic=True,
        values={
            "devicePlugin": {"config": {"name": f"{name}-sharing", "default": ""}},
            "mig": {"strategy": "mixed"},
            "migManager": {"config": {"name": f"{name}-partitions", "default": MIG_DISABLED}},
        },
    )


def _config_map(args: GpuSoftwareArgs, name: str, data: Mapping[str, str]) -> core.v1.ConfigMapInitArgs:
    return core.v1.ConfigMapInitArgs(metadata=object_metadata(name, args.software.namespace), data=dict(data))


def _yaml(configuration: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(configuration), sort_keys=False)
