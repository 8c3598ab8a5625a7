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
    """Who installs the software."""

    PRESENT = "present"
    OPERATOR = "operator"
    MANIFESTS = "manifests"


class NodeSoftware(Section):
    """What makes accelerators known to Kubernetes. It reads from the stack how the cards of each pool are shared."""

    source: SoftwareSource = SoftwareSource.PRESENT
    """`present` where the platform team has installed it, `operator` for NVIDIA's GPU operator by Helm, `manifests` for
    device plug-ins and metrics exporters alone, of each vendor of the pools; drivers are then the nodes' own."""
    namespace: Namespace
    """Namespace that the software runs and reads its configuration in; the stack owns it unless it is `present`."""
    chart_version: Annotated[
        str, matching(r"v[0-9]+\.[0-9]+\.[0-9]+", "a version such as v26.3.2"), named_text("version")
    ] = GPU_OPERATOR_CHART_VERSION
    """Version of the chart, with `operator`."""
    runtime_class: DnsSubdomain | None = None
    """RuntimeClass of the software's own pods, with `manifests`, such as `nvidia` where it is not the default."""

    def issues(self) -> Iterator[Issue]:
        """Nothing is set that another source has no use for."""
        uses = {"chart_version": SoftwareSource.OPERATOR, "runtime_class": SoftwareSource.MANIFESTS}
        for field, source in uses.items():
            if field in self.model_fields_set and self.source is not source:
                key = to_camel(field)
                yield Issue(
                    path=(key,),
                    found=f"set, but without effect with source {self.source}",
                    expected=f"no {key}, or source {source}",
                )
