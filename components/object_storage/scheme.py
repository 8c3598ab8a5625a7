"""What differs from one kind of object storage to the next."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from pulumi_kubernetes import core

REMOTE = "storage"
"""rclone reads a remote of this name from RCLONE_CONFIG_STORAGE_*."""
CREDENTIALS_VOLUME = "storage-credentials"
CREDENTIALS_DIRECTORY = "/storage-credentials"
READABLE_BY_GROUP = 0o440
AUTHORITY_VOLUME = "storage-authority"
AUTHORITY_DIRECTORY = "/storage-authority"
AUTHORITY_FILE = "ca.crt"
AUTHORITY_PATH = f"{AUTHORITY_DIRECTORY}/{AUTHORITY_FILE}"
TOKEN_FILE = "token"  # noqa: S105 - the name of the file
TOKEN_PATH = f"{CREDENTIALS_DIRECTORY}/{TOKEN_FILE}"

_TOKEN_SECONDS = 3600
_SCRIPTS = Path(__file__).parent / "scripts"
_PREFIX = f"RCLONE_CONFIG_{REMOTE.upper()}"


class Scheme(ABC):
    """One kind of object storage, as rclone reads it."""

    @abstractmethod
    def remote(self) -> Mapping[str, str]:
        """Options of rclone's remote, without the credentials."""

    @abstractmethod
    def credentials(self, role: str | None) -> Mapping[str, str]:
        """Variables by which rclone reads as ``role``, or as whom the storage names for all models."""

    @abstractmethod
    def credentials_volume(self, secret_name: str | None) -> core.v1.VolumeArgs | None:
        """What :meth:`credentials` refer to; keys are in the Secret ``secret_name`` if it has a name."""

    @property
    def mount(self) -> tuple[str, str]:
        """The name of that volume, and where it is mounted."""
        return CREDENTIALS_VOLUME, CREDENTIALS_DIRECTORY

    @property
    def script(self) -> str:
        """Shell that runs before rclone where a model is copied, as far as rclone needs what is not a variable yet."""
        return ""

    @property
    def plain_script(self) -> str:
        """The same where there is no `refuse` to say why it failed."""
        return self.script

    @property
    def authority(self) -> str | None:
        """Name of the ConfigMap with the certificates of a private authority."""
        return None


def region_variable(region: str) -> Mapping[str, str]:
    """Where the data is, of storage whose rclone is not told so: rule D08 reads the variables of pods alone."""
    return {"STORAGE_REGION": region}


def script_named(name: str) -> str:
    """A script of this folder."""
    return (_SCRIPTS / name).read_text(encoding="utf-8")


def options(**values: str | None) -> Mapping[str, str]:
    """Options of rclone's remote as variables; those without a value are left out."""
    return {f"{_PREFIX}_{name.upper()}": value for name, value in values.items() if value}


def secret_volume(secret_name: str | None, *keys: str) -> core.v1.VolumeArgs:
    """Keys of a Secret as files that the pod's group may read: no environment shows them."""
    source = core.v1.SecretVolumeSourceArgs(
        secret_name=secret_name,
        default_mode=READABLE_BY_GROUP,
        items=[core.v1.KeyToPathArgs(key=key, path=key) for key in keys],
    )
    return core.v1.VolumeArgs(name=CREDENTIALS_VOLUME, secret=source)


def token_volume(audience: str) -> core.v1.VolumeArgs:
    """A token of the pod's ServiceAccount, which the kubelet renews: the Kubernetes API does not take it."""
    token = core.v1.ServiceAccountTokenProjectionArgs(
        audience=audience, expiration_seconds=_TOKEN_SECONDS, path=TOKEN_FILE
    )
    source = core.v1.ProjectedVolumeSourceArgs(
        default_mode=READABLE_BY_GROUP, sources=[core.v1.VolumeProjectionArgs(service_account_token=token)]
    )
    return core.v1.VolumeArgs(name=CREDENTIALS_VOLUME, projected=source)
