"""A volume that exists."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from settings.cluster.storage.place import StoragePlace
from settings.validation.issues import Issue
from settings.validation.section import Section
from settings.values.text import DnsSubdomain, Region


class ClaimAccess(StrEnum):
    """Who can mount a claim."""

    READ_ONLY_MANY = "ReadOnlyMany"
    READ_WRITE_MANY = "ReadWriteMany"
    READ_WRITE_ONCE = "ReadWriteOnce"


class ClaimStorage(Section):
    """A PersistentVolumeClaim that somebody else fills. Pods mount it read-only, where their files are copied from it.

    The group of the pods, 10001, or everyone has to be able to read its files.
    """

    type: Literal["claim"]
    """Kind of the storage, which is the scheme of its addresses."""
    claim: DnsSubdomain
    """Name of the existing claim in the stack's namespace, with which the addresses of the versions begin."""
    region: Region
    """Region of the volume, where the models' data is."""
    access_mode: ClaimAccess = ClaimAccess.READ_ONLY_MANY
    """Access mode of the claim. `ReadWriteOnce` is refused: several pods read it, on several nodes."""

    @property
    def places(self) -> tuple[StoragePlace, ...]:
        """See `StoragePlace`: pods reach a volume by no network of theirs."""
        return ()

    @property
    def ports(self) -> tuple[int, ...]:
        """See `StoragePlace`."""
        return ()

    def issues(self) -> Iterator[Issue]:
        """Check that every pod can mount it."""
        if self.access_mode is ClaimAccess.READ_WRITE_ONCE:
            yield Issue(
                path=("accessMode",),
                found=self.access_mode,
                expected="ReadOnlyMany or ReadWriteMany: replicas, and an update's pods, read it on several nodes",
                hint="a claim of a file system such as NFS, or one that is restored from a snapshot with ReadOnlyMany",
            )
