"""Persistent storage of a model's files inside the cluster."""

import math
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum

from settings.validation.issues import Issue
from settings.validation.section import Flag, Section
from settings.values.quantity import ByteQuantity, binary_quantity, quantity_bytes, quantity_value
from settings.values.text import DnsSubdomain

VOLUME_PER_SIZE = Decimal("1.2")


class AccessMode(StrEnum):
    """Who can mount the volume."""

    READ_WRITE_MANY = "ReadWriteMany"
    READ_WRITE_ONCE = "ReadWriteOnce"


class WhenDeleted(StrEnum):
    """What becomes of a volume that leaves the settings, alone or with its model or stack."""

    RETAIN = "Retain"
    DELETE = "Delete"


class Volumes(Section):
    """Settings for the volumes of all models."""

    storage_class: DnsSubdomain
    """StorageClass of the volumes of models that do not set one."""


class Volume(Section):
    """A persistent volume that an import Job fills once, instead of every pod downloading the model at startup."""

    capacity: ByteQuantity
    """Size of the volume; at least 1.2 times the model's size for each version."""
    storage_class: DnsSubdomain | None = None
    """StorageClass; defaults to that of `volumes`, then to the cluster's default, which prod rejects."""
    access_mode: AccessMode = AccessMode.READ_WRITE_MANY
    """`ReadWriteOnce` only if a single pod uses the volume."""
    protect: Flag = True
    """Whether Pulumi refuses to delete the volume; removing it then takes a separate change."""
    when_deleted: WhenDeleted = WhenDeleted.RETAIN
    """`Retain` leaves the volume and its namespace in the cluster when it leaves the settings and is not protected; \
`Delete` deletes both."""

    @property
    def is_retained(self) -> bool:
        """Whether the volume stays in the cluster when it leaves the settings."""
        return self.when_deleted is WhenDeleted.RETAIN

    def model_issues(self, size: str, versions: int, pods: int) -> Iterator[Issue]:
        """Check that the volume has room for the versions of a model, and can be mounted by its pods."""
        needed = math.ceil(VOLUME_PER_SIZE * quantity_value(size) * versions)
        if quantity_bytes(self.capacity) < needed:
            yield Issue(
                path=("capacity",),
                found=self.capacity,
                expected=f"at least {binary_quantity(needed)}: {VOLUME_PER_SIZE} times size {size} for each version",
            )
        if self.access_mode is AccessMode.READ_WRITE_ONCE and pods > 1:
            yield Issue(
                path=("accessMode",),
                found=f"ReadWriteOnce for up to {pods} pods",
                expected="ReadWriteMany, because pods run on several nodes",
                hint="or replicas: 1 with a single version",
            )
