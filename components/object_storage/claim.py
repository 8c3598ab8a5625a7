"""A volume that exists, whose files are copied and never served where they lie."""

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_kubernetes import core

from components.object_storage.scheme import Scheme, options, region_variable
from settings.cluster.storage.claim import ClaimStorage

_VOLUME, _DIRECTORY = "storage-claim", "/storage-claim"


@dataclass(frozen=True)
class Claim(Scheme):
    """Source: https://rclone.org/alias/ and https://rclone.org/local/, which leaves out symbolic links."""

    storage: ClaimStorage

    def remote(self) -> Mapping[str, str]:
        """See `Scheme`."""
        return {**options(type="alias", remote=_DIRECTORY), **region_variable(self.storage.region)}

    def credentials(self, role: str | None) -> Mapping[str, str]:
        """See `Scheme`: whoever mounts it can read it."""
        del role
        return {}

    def credentials_volume(self, secret_name: str | None) -> core.v1.VolumeArgs:
        """The claim itself."""
        del secret_name
        claim = core.v1.PersistentVolumeClaimVolumeSourceArgs(claim_name=self.storage.claim, read_only=True)
        return core.v1.VolumeArgs(name=_VOLUME, persistent_volume_claim=claim)

    @property
    def mount(self) -> tuple[str, str]:
        """See `Scheme`."""
        return _VOLUME, _DIRECTORY
