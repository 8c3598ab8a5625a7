"""How a pod reaches object storage: rclone's remote, the credentials, and the way through the network."""

from collections.abc import Mapping

from pulumi_kubernetes import core, networking

from components.network_peers import address_peers, tcp_ports
from settings import ObjectStorage

_REMOTE = "storage"  # rclone reads a remote of this name from RCLONE_CONFIG_STORAGE_*
_CREDENTIALS_VOLUME = "storage-credentials"
_CREDENTIALS_DIRECTORY = "/storage-credentials"
_CREDENTIALS = ("accessKeyId", "secretAccessKey")
_AUTHORITY = "ca.crt"
_READABLE_BY_GROUP = 0o440


def remote_path(uri: str) -> str:
    """What rclone calls the folder ``s3://bucket/path``."""
    return f"{_REMOTE}:{uri.removeprefix('s3://')}"


def remote_environment(storage: ObjectStorage) -> Mapping[str, str]:
    """The settings of rclone's remote. Source: https://rclone.org/s3/ and https://rclone.org/docs/#environment-variables"""
    prefix = f"RCLONE_CONFIG_{_REMOTE.upper()}"
    return {
        "CREDENTIALS_DIRECTORY": _CREDENTIALS_DIRECTORY,
        f"{prefix}_TYPE": "s3",
        f"{prefix}_PROVIDER": "Other" if storage.endpoint else "AWS",
        f"{prefix}_REGION": storage.region,
        **({f"{prefix}_ENDPOINT": str(storage.endpoint)} if storage.endpoint else {}),
        # https://rclone.org/docs/#ca-cert-stringarray
        **({"RCLONE_CA_CERT": f"{_CREDENTIALS_DIRECTORY}/{_AUTHORITY}"} if storage.private_authority else {}),
    }


def credentials_volume(storage: ObjectStorage, secret_name: str | None = None) -> core.v1.VolumeArgs:
    """The credentials of object storage as files that the pod's group may read: no environment shows them.

    They are those of ``secret_name``; the storage's own if it is None.
    """
    keys = (*_CREDENTIALS, *((_AUTHORITY,) if storage.private_authority else ()))
    source = core.v1.SecretVolumeSourceArgs(
        secret_name=secret_name or storage.credentials_secret,
        default_mode=_READABLE_BY_GROUP,
        items=[core.v1.KeyToPathArgs(key=key, path=key) for key in keys],
    )
    return core.v1.VolumeArgs(name=_CREDENTIALS_VOLUME, secret=source)


def credentials_mount() -> core.v1.VolumeMountArgs:
    """The mount of :func:`credentials_volume`."""
    return core.v1.VolumeMountArgs(name=_CREDENTIALS_VOLUME, mount_path=_CREDENTIALS_DIRECTORY, read_only=True)


def to_storage(storage: ObjectStorage) -> networking.v1.NetworkPolicyEgressRuleArgs:
    """The way out to object storage, and to nothing else."""
    return networking.v1.NetworkPolicyEgressRuleArgs(to=address_peers(storage.cidrs), ports=tcp_ports(storage.port))
