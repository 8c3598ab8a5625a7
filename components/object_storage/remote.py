"""What a pod has to have to copy from object storage, whatever kind it is."""

from collections.abc import Mapping, Sequence

from pulumi_kubernetes import core, networking

from components.network_peers import address_peers, tcp_ports
from components.object_storage.azblob import AzureBlobStorage
from components.object_storage.gs import GoogleCloudStorage
from components.object_storage.s3 import S3
from components.object_storage.scheme import (
    AUTHORITY_DIRECTORY,
    AUTHORITY_FILE,
    AUTHORITY_PATH,
    AUTHORITY_VOLUME,
    CREDENTIALS_DIRECTORY,
    CREDENTIALS_VOLUME,
    REMOTE,
    Scheme,
)
from settings import ObjectStorage
from settings.cluster.storage.gs import GoogleStorage
from settings.cluster.storage.storage import Storage


def _scheme_of(storage: Storage) -> Scheme:
    if isinstance(storage, ObjectStorage):
        return S3(storage)
    return GoogleCloudStorage(storage) if isinstance(storage, GoogleStorage) else AzureBlobStorage(storage)


def remote_path(uri: str) -> str:
    """What rclone calls the folder ``s3://bucket/path``."""
    return f"{REMOTE}:{uri.partition('://')[2]}"


def remote_environment(storage: Storage, role: str | None = None) -> Mapping[str, str]:
    """The settings of rclone's remote, read as ``role``, or as that of the storage's identity, if it has one."""
    scheme = _scheme_of(storage)
    authority = {"RCLONE_CA_CERT": AUTHORITY_PATH} if scheme.authority else {}
    return {**scheme.remote(), **authority, **scheme.credentials(role)}


def remote_script(storage: Storage, *, has_refuse: bool = False) -> str:
    """Shell that runs before rclone; with ``has_refuse`` it follows the scripts that a model is copied with."""
    scheme = _scheme_of(storage)
    return scheme.script if has_refuse else scheme.plain_script


def storage_volumes(storage: Storage, secret_name: str | None = None) -> Sequence[core.v1.VolumeArgs]:
    """What rclone reads from files: keys or a token, and the certificates of a private authority.

    The keys are those in the Secret ``secret_name``, if the storage has not one for all.
    """
    scheme = _scheme_of(storage)
    credentials = scheme.credentials_volume(secret_name)
    if not scheme.authority:
        return [credentials]
    authority = core.v1.ConfigMapVolumeSourceArgs(
        name=scheme.authority, items=[core.v1.KeyToPathArgs(key=AUTHORITY_FILE, path=AUTHORITY_FILE)]
    )
    return [credentials, core.v1.VolumeArgs(name=AUTHORITY_VOLUME, config_map=authority)]


def storage_mounts(storage: Storage) -> Sequence[core.v1.VolumeMountArgs]:
    """The mounts of :func:`storage_volumes`."""
    directories = {CREDENTIALS_VOLUME: CREDENTIALS_DIRECTORY}
    if _scheme_of(storage).authority:
        directories[AUTHORITY_VOLUME] = AUTHORITY_DIRECTORY
    return [
        core.v1.VolumeMountArgs(name=name, mount_path=directory, read_only=True)
        for name, directory in directories.items()
    ]


def to_storage(storage: Storage) -> list[networking.v1.NetworkPolicyEgressRuleArgs]:
    """The ways out to object storage and to who gives out its credentials, and to nothing else."""
    return [
        networking.v1.NetworkPolicyEgressRuleArgs(to=address_peers(place.cidrs), ports=tcp_ports(place.port))
        for place in storage.places
    ]
