"""The cluster a stack is deployed to."""

from settings.section import Section
from settings.text import ContextName


class Cluster(Section):
    """Where the stack goes. It is named by the stack and never guessed from the user's surroundings."""

    context: ContextName
    """The kubeconfig context of the cluster."""
