"""Access from outside the cluster through an Ingress controller."""

from pydantic import Field

from settings.validation.section import Section, nothing
from settings.values.metadata import Annotations
from settings.values.text import DnsLabel, DnsSubdomain, HostName


class Ingress(Section):
    """An Ingress controller that the platform team runs."""

    namespace: DnsLabel
    """Namespace of the controller; only pods in it can reach the models."""
    class_name: DnsSubdomain | None = None
    """IngressClass of the controller; the cluster's default if not set."""
    hostname: HostName
    """Domain of the models: a model without a host name of its own is reached at `<model>.<hostname>`."""
    annotations: Annotations = Field(default_factory=nothing)
    """Annotations of the models' Ingresses, of domains in `cluster.metadataDomains`."""
