"""Where the software lives, and what it reads there."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pulumi_kubernetes import core

from components.closed_namespaces import enforced
from components.device_plugin import mig_configurations, plugin_configurations
from components.gpu_software.args import GpuSoftwareArgs
from components.metadata import object_metadata

COUNTERS_FILE = "counters.csv"
_MIG_FILE = "config.yaml"  # the name that MIG manager looks for


def namespace(args: GpuSoftwareArgs) -> core.v1.NamespaceInitArgs:
    """A namespace for pods that load drivers and write to the kubelet's directories."""
    metadata = object_metadata(args.software.namespace, labels=enforced("privileged"))
    return core.v1.NamespaceInitArgs(metadata=metadata)


def sharing_files(args: GpuSoftwareArgs) -> Mapping[str, str]:
    """A configuration of the device plug-in for each pool that shares cards, and one for the others."""
    return {name: _yaml(each) for name, each in plugin_configurations(args.pools).items()}


def sharing(name: str, args: GpuSoftwareArgs) -> core.v1.ConfigMapInitArgs:
    """How the cards of each pool are shared."""
    return _config_map(args, f"{name}-sharing", sharing_files(args))


def partitions(name: str, args: GpuSoftwareArgs) -> core.v1.ConfigMapInitArgs:
    """How the cards of each pool are cut."""
    return _config_map(args, f"{name}-partitions", {_MIG_FILE: _yaml(mig_configurations(args.pools))})


def counter_files() -> Mapping[str, str]:
    """What is measured of NVIDIA's GPUs: a line for each field, with the kind of metric and what it says."""
    return {COUNTERS_FILE: (Path(__file__).parent / COUNTERS_FILE).read_text(encoding="utf-8")}


def counters(name: str, args: GpuSoftwareArgs) -> core.v1.ConfigMapInitArgs:
    """The list of :func:`counter_files` for the exporter."""
    return _config_map(args, f"{name}-counters", counter_files())


def _config_map(args: GpuSoftwareArgs, name: str, data: Mapping[str, str]) -> core.v1.ConfigMapInitArgs:
    return core.v1.ConfigMapInitArgs(metadata=object_metadata(name, args.software.namespace), data=dict(data))


def _yaml(configuration: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(configuration), sort_keys=False)
