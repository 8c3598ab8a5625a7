"""The namespaces and the Helm releases of an add-on."""

from pulumi_kubernetes import core, helm, networking

from components.add_on.args import AddOnNamespace, ChartRelease
from components.closed_namespaces import enforced
from components.metadata import object_metadata
from settings.cluster.installation import Installation


def namespace(of: AddOnNamespace) -> core.v1.NamespaceInitArgs:
    """A namespace whose pods Pod Security restricts, unless they take rights on their node."""
    level = "privileged" if of.is_privileged else "restricted"
    return core.v1.NamespaceInitArgs(metadata=object_metadata(of.name, labels=enforced(level)))


def network_policy(of: AddOnNamespace, name: str) -> networking.v1.NetworkPolicyInitArgs:
    """One of the policies that open the namespace."""
    return networking.v1.NetworkPolicyInitArgs(metadata=object_metadata(name, of.name), spec=of.policies[name])


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
