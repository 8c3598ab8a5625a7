"""The vendors' software on nodes with accelerators: drivers, device plug-ins, MIG manager, metrics."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from pydantic import Field

from settings.section import Section
from settings.text import DnsLabel, DnsSubdomain, Namespace, matching, named_text
from versions import GPU_OPERATOR_CHART_VERSION


class SoftwareSource(StrEnum):
    """Who installs the software."""

    PRESENT = "present"
    OPERATOR = "operator"


class NodeSoftware(Section):
    """What makes accelerators known to Kubernetes. It reads from the stack how the cards of each pool are shared."""

    source: SoftwareSource = SoftwareSource.PRESENT
    """`present` where the platform team has installed it, `operator` to install NVIDIA's GPU operator with Helm."""
    namespace: Namespace
    """Namespace that the software reads its configuration in; the stack owns it with `operator`."""
    chart_version: Annotated[
        str, matching(r"v[0-9]+\.[0-9]+\.[0-9]+", "a version such as v26.3.2"), named_text("version")
    ] = GPU_OPERATOR_CHART_VERSION
    """Version of the chart, with `operator`."""
    runtime_classes: Mapping[DnsSubdomain, DnsLabel] = Field(default_factory=lambda: MappingProxyType({}))
    """RuntimeClasses that the stack makes, and the handler of each on the nodes, such as `{gvisor: runsc}`."""
