"""How a pod reaches object storage: rclone's remote, the credentials, and the way through the network."""

from collections.abc import Mapping, Sequence

from pulumi_kubernetes import core, networking

from components.network_peers import address_peers, tcp_ports
from settings import ObjectStorage

_REMOTE = "storage"  # rclone reads a remote of this name from RCLONE_CONFIG_STORAGE_*
_CREDENTIALS_VOLUME = "storage-credentials"
_CREDENTIALS_DIRECTORY = "/storage-credentials"
_READABLE_BY_GROUP = 0o440
_AUTHORITY_VOLUME = "storage-authority"
_AUTHORITY_DIRECTORY = "/storage-authority"
_AUTHORITY_FILE = "ca.crt"


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
        **({"RCLONE_CA_CERT": f"{_AUTHORITY_DIRECTORY}/{_AUTHORITY_FILE}"} if storage.ca_config_map else {}),
    }


def storage_volumes(storage: ObjectStorage, secret_name: str) -> Sequence[core.v1.VolumeArgs]:
    """What rclone reads from files: the credentials, and the certificates of a private authority."""
    if not storage.ca_config_map:
        return [_credentials_volume(secret_name)]
    authority = core.v1.ConfigMapVolumeSourceArgs(
        name=storage.ca_config_map, items=[core.v1.KeyToPathArgs(key=_AUTHORITY_FILE, path=_AUTHORITY_FILE)]
    )
    return [_credentials_volume(secret_name), core.v1.VolumeArgs(name=_AUTHORITY_VOLUME, config_map=authority)]


def storage_mounts(storage: ObjectStorage) -> Sequence[core.v1.VolumeMountArgs]:
    """The mounts of :func:`storage_volumes`."""
    directories = {_CREDENTIALS_VOLUME: _CREDENTIALS_DIRECTORY}
    if storage.ca_config_map:
        directories[_AUTHORITY_VOLUME] = _AUTHORITY_DIRECTORY
    return [
        core.v1.VolumeMountArgs(name=name, mount_path=directory, read_only=True)
        for name, directory in directories.items()
    ]


def _credentials_volume(secret_name: str) -> core.v1.VolumeArgs:
    """The credentials as files that the pod's group may read: no environment shows them."""
    source = core.v1.SecretVolumeSourceArgs(
        secret_name=secret_name,
        default_mode=_READABLE_BY_GROUP,
        items=[core.v1.KeyToPathArgs(key=key, path=key) for key in ("accessKeyId", "secretAccessKey")],
    )
    return core.v1.VolumeArgs(name=_CREDENTIALS_VOLUME, secret=source)


def to_storage(storage: ObjectStorage) -> networking.v1.NetworkPolicyEgressRuleArgs:
    """The way out to object storage, and to nothing else."""
    return networking.v1.NetworkPolicyEgressRuleArgs(to=address_peers(storage.cidrs), ports=tcp_ports(storage.port))
