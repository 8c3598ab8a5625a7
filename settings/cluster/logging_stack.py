"""Where the logs of the cluster are kept: Elasticsearch and Kibana, and what brings the logs there."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from settings.cluster.log_masking import LogMasking
from settings.cluster.logging_installation import LoggingInstallation
from settings.validation.issues import MISSING, Issue
from settings.validation.section import Count, Flag, Section, WholeNumber
from settings.validation.words import shown
from settings.values.quantity import ByteQuantity, Quantity
from settings.values.text import Cidr, DnsLabel, DnsSubdomain, ImageReference

LOWEST_DAYS = 180
"""Days for which a regulated stack keeps its logs at least; D06 of the policy pack asks for the same."""
HIGHEST_DAYS = 730
"""Days for which a stack with personal data keeps its logs at most."""
_VERSION_TAG = re.compile(r":([0-9]+)\.([0-9]+\.[0-9]+)@")
# The collector's client is of this version, and a server of another may refuse it.
_MAJOR = "8"


def version_of(image: str) -> str | None:
    """The version of Elasticsearch or Kibana that an image's tag is."""
    tag = _VERSION_TAG.search(image)
    return tag and f"{tag[1]}.{tag[2]}"


class Licence(StrEnum):
    """What Elasticsearch is licensed for."""

    BASIC = "basic"
    ENTERPRISE = "enterprise"


class LoggingImages(Section):
    """The images by digest, from their registries or from your copy of them."""

    elasticsearch: ImageReference
    """Elasticsearch 8; the tag is its version."""
    kibana: ImageReference
    """Kibana, of the same version."""
    collector: ImageReference
    """Fluentd for Kubernetes with Elasticsearch's plug-in (`fluentd-kubernetes-daemonset`)."""


class LogNodes(Section):
    """Nodes of Elasticsearch that keep logs of one age."""

    replicas: Count = 3
    """Pods; hot ones elect the leader, so that one or two do not survive the loss of one."""
    cpu: Quantity = "1"
    """CPU cores that each requests and is limited to."""
    memory: ByteQuantity = "4Gi"
    """Main memory that each requests and is limited to; half of it is the heap."""
    volume: ByteQuantity
    """Size of the volume of each."""


class WarmNodes(LogNodes):
    """Nodes for logs that are no longer written to."""

    replicas: Count = 2
    """Pods."""
    after_days: Annotated[WholeNumber, Field(ge=1, le=3650)] = 7
    """Days after which an index is moved to them."""


class Collector(Section):
    """The pod that reads the logs of each node."""

    cpu: Quantity = "500m"
    """CPU cores that it requests and is limited to."""
    memory: ByteQuantity = "512Mi"
    """Main memory that it requests and is limited to."""
    buffer: ByteQuantity = "2Gi"
    """Disk of the node for records that Elasticsearch has not taken yet; the audit trail has as much again."""


class LogUsers(Section):
    """Existing Secrets of the namespace, of type `kubernetes.io/basic-auth` with `username`, `password` and `roles`."""

    collector: DnsLabel = "logs-collector"
    """Who writes; `roles` is `logs_writer`."""
    setup: DnsLabel = "logs-setup"
    """Who keeps templates and lifecycles; `roles` is `logs_setup`."""


class Logging(Section):
    """Logs of every container and the audit trail of predictions, in an Elasticsearch of the stack's own."""

    namespace: DnsLabel = "logging"
    """Namespace that the stack makes for all of it; privileged, for the sake of the collector alone."""
    operator_namespace: DnsLabel = "elastic-system"
    """Namespace of the operator (ECK)."""
    installation: LoggingInstallation | None = None
    """What the stack installs in `operatorNamespace`, which it makes."""
    operator_present: Flag = False
    """Whether the cluster has the operator and its definitions already."""
    retention_days: Annotated[WholeNumber, Field(ge=1, le=3650)] = LOWEST_DAYS
    """Days for which records are kept: at least 180 in prod and with confidential or personal data, at most 730 with
    personal data."""
    licence: Licence = Licence.BASIC
    """`basic` has no audit log of Elasticsearch's own: who read which log is then not known."""
    images: LoggingImages
    """What runs."""
    storage_class: DnsSubdomain
    """StorageClass of the volumes of Elasticsearch."""
    hot: LogNodes
    """Nodes that are written to."""
    warm: WarmNodes | None = None
    """Nodes for older logs; without them, all stay where they are."""
    kibana_replicas: Count = 1
    """Pods of Kibana."""
    collector: Collector = Collector()
    """What reads the logs."""
    masking: LogMasking = LogMasking()
    """What of personal data no line takes with it."""
    users: LogUsers = LogUsers()
    """Secrets with the passwords, which are never in this file."""
    cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1)]
    """Networks of the API server, which tells the collector whose logs it reads."""
    protect: Flag = True
    """Whether Pulumi refuses to delete Elasticsearch; removing it then takes a separate change."""

    def issues(self) -> Iterator[Issue]:
        """Check that there is one operator, that the versions fit, and that the ages of logs follow each other."""
        if self.installation is None and not self.operator_present:
            yield Issue(
                path=("installation",),
                found=f"{MISSING}, and operatorPresent is false",
                expected="an installation of the operator, or operatorPresent: true if the cluster has it",
            )
        if self.installation and self.operator_present:
            yield Issue(
                path=("operatorPresent",),
                found="true, with an installation",
                expected="one of the two: a second operator would manage the same objects",
            )
        if self.operator_namespace == self.namespace:
            yield Issue(
                path=("operatorNamespace",),
                found=f"{shown(self.operator_namespace)}, the namespace of the logs",
                expected="a namespace of its own: that of the logs lets nobody out",
            )
        if self.warm and self.warm.after_days >= self.retention_days:
            yield Issue(
                path=("warm", "afterDays"),
                found=f"{self.warm.after_days}, and logs are deleted after {self.retention_days}",
                expected="fewer days than retentionDays, or no warm nodes",
            )
        yield from self._version_issues()

    def _version_issues(self) -> Iterator[Issue]:
        versions = {name: version_of(getattr(self.images, name)) for name in ("elasticsearch", "kibana")}
        others = [name for name, version in versions.items() if not version or version.partition(".")[0] != _MAJOR]
        for name in others:
            yield Issue(
                path=("images", name),
                found=f"{shown(getattr(self.images, name))}, whose tag is no version of {_MAJOR}",
                expected=f"a tag such as {_MAJOR}.19.0: the collector's client is of that version",
            )
        if not others and versions["elasticsearch"] != versions["kibana"]:
            yield Issue(
                path=("images", "kibana"),
                found=shown(self.images.kibana),
                expected=f"the version of Elasticsearch, {versions['elasticsearch']}",
            )
