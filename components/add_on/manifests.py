"""The namespaces and the Helm releases of an add-on."""

from pulumi_kubernetes import core, helm, meta, networking

from components.add_on.args import AddOnNamespace, ChartRelease
from components.metadata import object_metadata
from settings.cluster.installation import Installation


def namespace(of: AddOnNamespace) -> core.v1.NamespaceInitArgs:
    """A namespace whose pods Pod Security restricts, unless they take rights on their node."""
    level = "privileged" if of.is_privileged else "restricted"
    labels = {"pod-security.kubernetes.io/enforce": level}
    return core.v1.NamespaceInitArgs(metadata=object_metadata(of.name, labels=labels))


def closed(of: AddOnNamespace) -> networking.v1.NetworkPolicyInitArgs:
    """Nothing passes by default; the chart's own policies open what its pods need."""
    return networking.v1.NetworkPolicyInitArgs(
        metadata=object_metadata("default-deny", of.name),
        spec=networking.v1.NetworkPolicySpecArgs(
            pod_selector=meta.v1.LabelSelectorArgs(), policy_types=["Ingress", "Egress"]
        ),
    )


def release(installation: Installation, of: ChartRelease) -> helm.v3.ReleaseArgs:
    """A release that is ready or taken back: a failed installation is removed, a failed upgrade undone."""
    repository = installation.repository
    return helm.v3.ReleaseArgs(
        name=of.name,
        namespace=of.namespace,
        chart=installation.chart(of.chart),
        version=installation.version,
        repository_opts=helm.v3.RepositoryOptsArgs(repo=repository) if repository else None,
        atomic=True,
        timeout=of.timeout_seconds,
        values=dict(of.values),
    )
