"""The cluster a stack is deployed to."""

from settings.validation.section import Section
from settings.values.metadata import MetadataDomain
from settings.values.text import ContextName


class Cluster(Section):
    """Where the stack is deployed. The stack names it; it is never taken from the user's environment."""

    context: ContextName
    """The kubeconfig context of the cluster."""
    metadata_domains: tuple[MetadataDomain, ...] = ()
    """Domains whose annotations and labels models may have, each with those below it. Whoever listens to one in the
    cluster may change the pods; the policy configuration has the same list."""
