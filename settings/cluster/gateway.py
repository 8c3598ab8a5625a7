"""Access from outside the cluster through the Gateway API."""

from settings.validation.section import Section
from settings.values.text import DnsLabel, HostName


class Gateway(Section):
    """A Gateway API `Gateway` that the platform team runs; models attach routes to it."""

    name: DnsLabel
    """Name of the Gateway."""
    namespace: DnsLabel
    """Namespace of the Gateway; only pods in it can reach the models."""
    hostname: HostName
    """Domain of the models: a model without a host name of its own is reached at `<model>.<hostname>`."""
