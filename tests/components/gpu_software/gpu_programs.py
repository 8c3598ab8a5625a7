"""The vendors' programs as plain manifests, made of pools of every kind."""

from collections.abc import Iterable
from typing import Any

import pulumi

from components import GpuSoftware, GpuSoftwareArgs
from inferencectl.program.recording import Resource, record
from settings import GpuPool, NodeSoftware, SoftwareSource, Taint
from tests.components.gpu_software.gpu_software import SOFTWARE_IMAGES
from tests.components.pools import MIG_MIXED, MPS, TIME_SLICING, existing

SLICED, WHOLE = existing(name="sliced", sharing=TIME_SLICING, taints=(Taint(key="team"),)), existing(name="whole")
SIDE_BY_SIDE = existing(name="side-by-side", sharing=MPS)
CUT = existing(name="cut", accelerator="a100-40gb", sharing=MIG_MIXED)
AMD, GAUDI = existing(name="instinct", accelerator="mi300x"), existing(name="gaudi", accelerator="gaudi3")
ALL = (SLICED, WHOLE, SIDE_BY_SIDE, CUT, AMD, GAUDI)


def args(*pools: GpuPool, name: str = "gpu-operator", **fields: Any) -> GpuSoftwareArgs:
    software = NodeSoftware(source=SoftwareSource.MANIFESTS, namespace=name, **fields)
    return GpuSoftwareArgs(software=software, pools=pools, images=SOFTWARE_IMAGES)


def made(of: GpuSoftwareArgs, name: str = "gpus") -> tuple[Resource, ...]:
    def program() -> None:
        GpuSoftware(name, of, pulumi.ResourceOptions())

    return record(program, project="inference", stack="test").resources


def named(resources: Iterable[Resource], kind: str) -> dict[str, Any]:
    return {each.inputs["metadata"]["name"]: each.inputs for each in resources if each.type.endswith(f":{kind}")}


def pods(*pools: GpuPool, **fields: Any) -> dict[str, Any]:
    daemon_sets = named(made(args(*pools, **fields)), "DaemonSet")
    return {name: each["spec"]["template"]["spec"] for name, each in daemon_sets.items()}


def containers(pod: Any) -> dict[str, Any]:
    return {each["name"]: each for each in (*pod.get("initContainers", []), *pod["containers"])}
