"""Persistent storage of a model's files inside the cluster."""

from enum import StrEnum

from settings.validation.section import Flag, Section
from settings.values.quantity import Quantity
from settings.values.text import DnsSubdomain


class AccessMode(StrEnum):
    """Who can mount the volume."""

    READ_WRITE_MANY = "ReadWriteMany"
    READ_WRITE_ONCE = "ReadWriteOnce"


class Volumes(Section):
    """What holds for the volumes of all models."""

    storage_class: DnsSubdomain
    """The StorageClass of every volume whose model names none."""


class Volume(Section):
    """A persistent volume that an import Job fills once, instead of every pod downloading the model at its start."""

    capacity: Quantity
    """Size of the volume; at least 1.2 times the model's size for each version."""
    storage_class: DnsSubdomain | None = None
    """StorageClass; without it that of `volumes`, and without that the cluster's default, which prod refuses."""
    access_mode: AccessMode = AccessMode.READ_WRITE_MANY
    """`ReadWriteOnce` only where a single pod uses the volume."""
    protect: Flag = True
    """Whether Pulumi refuses to delete the volume: its removal is then a change of its own."""
