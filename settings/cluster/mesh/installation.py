"""Istio, where the stack installs it."""

from collections.abc import Iterator
from enum import StrEnum

from settings.cluster.installation import Installation
from settings.validation.issues import Issue
from settings.validation.section import Count, Section
from settings.values.quantity import ByteQuantity, Quantity
from settings.values.text import ImageReference, Namespace

CHARTS = ("base", "cni", "istiod")
"""Istio's charts, in the order of their installation."""
OLDEST = (1, 31)
"""The oldest charts that are known to have every value that they are given: Helm ignores what a chart does not know."""


class MeshPlatform(StrEnum):
    """Clusters that keep their network plug-ins elsewhere, or want other rights."""

    GKE = "gke"
    K3D = "k3d"
    K3S = "k3s"
    MICROK8S = "microk8s"
    MINIKUBE = "minikube"
    OPENSHIFT = "openshift"


class MeshImages(Section):
    """Istio's images by digest, from its registry or from your copy of it."""

    istiod: ImageReference
    """The control plane (`pilot`)."""
    proxy: ImageReference
    """The proxy of each pod and of gateways (`proxyv2`)."""
    cni: ImageReference
    """The CNI plug-in of each node (`install-cni`)."""


class ControlPlaneResources(Section):
    """What each pod of the control plane requests, and the memory that it is limited to."""

    cpu: Quantity = "500m"
    """CPU cores; without a limit, as it needs more while many proxies connect at once."""
    memory: ByteQuantity = "2Gi"
    """Main memory."""


class MeshInstallation(Installation):
    """Istio from its charts `base`, `cni` and `istiod`: what the platform needs of them, and nothing else."""

    images: MeshImages
    """What the charts run."""
    replicas: Count = 2
    """Pods of the control plane; at least two in prod."""
    resources: ControlPlaneResources = ControlPlaneResources()
    """Resources of each of them."""
    platform: MeshPlatform | None = None
    """Kind of cluster, if it keeps CNI plug-ins elsewhere than usual, or wants other rights."""
    cni_namespace: Namespace = "istio-cni"
    """Namespace of the CNI plug-in, which writes to its nodes: the policy configuration names it in
    `systemNamespaces`."""

    def issues(self) -> Iterator[Issue]:
        """Check that the charts are recent enough, and there, where they are in the checkout."""
        yield from self.age_issues(
            OLDEST,
            "whose charts do not know all that the platform sets",
            "a mesh that is already installed, of 1.22 or newer, needs no installation here",
        )
        yield from self.chart_issues(CHARTS)
