"""The cluster a stack is deployed to."""

from settings.validation.section import Section
from settings.values.text import ContextName


class Cluster(Section):
    """Where the stack is deployed. The stack names it; it is never taken from the user's environment."""

    context: ContextName
    """The kubeconfig context of the cluster."""
