"""The cluster a stack is deployed to."""

from settings.validation.section import Section
from settings.values.text import ContextName


class Cluster(Section):
    """Where the stack goes. It is named by the stack and never guessed from the user's surroundings."""

    context: ContextName
    """The kubeconfig context of the cluster."""
