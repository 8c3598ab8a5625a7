"""The vendors' software on nodes with accelerators: drivers, device plug-ins, MIG manager, metrics."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic.alias_generators import to_camel

from settings.validation.issues import Issue
from settings.validation.section import Section
from settings.values.text import DnsSubdomain, Namespace, matching, named_text
from versions import GPU_OPERATOR_CHART_VERSION


class SoftwareSource(StrEnum):
    """What installs the software."""

    PRESENT = "present"
    OPERATOR = "operator"
    MANIFESTS = "manifests"


class NodeSoftware(Section):
    """Software that makes accelerators known to Kubernetes, configured with the sharing of each pool."""

    source: SoftwareSource = SoftwareSource.PRESENT
    """`present`: installed by the platform team; `operator`: NVIDIA's GPU operator, by Helm; `manifests`: only device
    plug-ins and metrics exporters of the pools' vendors, for nodes that have drivers."""
    namespace: Namespace
    """Namespace of the software and its configuration; the stack owns it unless the source is `present`."""
    chart_version: Annotated[
        str, matching(r"v[0-9]+\.[0-9]+\.[0-9]+", "a version such as v26.3.2"), named_text("version")
    ] = GPU_OPERATOR_CHART_VERSION
    """Version of the chart; `operator` only."""
    runtime_class: DnsSubdomain | None = None
    """RuntimeClass of the software's own pods, such as `nvidia` if it is not the default; `manifests` only."""

    def issues(self) -> Iterator[Issue]:
        """Check that nothing is set that has no effect with the source."""
        uses = {"chart_version": SoftwareSource.OPERATOR, "runtime_class": SoftwareSource.MANIFESTS}
        for field, source in uses.items():
            if field in self.model_fields_set and self.source is not source:
                key = to_camel(field)
                yield Issue(
                    path=(key,),
                    found=f"has no effect with source {self.source}",
                    expected=f"no {key}, or source {source}",
                )
