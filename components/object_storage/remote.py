"""What a pod has to have to copy from object storage, whatever kind it is."""

from collections.abc import Iterator, Mapping, Sequence

from pulumi_kubernetes import core, networking

from components.network_peers import address_peers, namespace_peer, tcp_ports
from components.object_storage.azblob import AzureBlobStorage
from components.object_storage.claim import Claim
from components.object_storage.gs import GoogleCloudStorage
from components.object_storage.s3 import S3
from components.object_storage.scheme import (
    AUTHORITY_DIRECTORY,
    AUTHORITY_FILE,
    AUTHORITY_PATH,
    AUTHORITY_VOLUME,
    REMOTE,
    Scheme,
)
from components.object_storage.web import Web
from settings import ObjectStorage
from settings.cluster.storage.azblob import AzureStorage
from settings.cluster.storage.gs import GoogleStorage
from settings.cluster.storage.place import StoragePlace
from settings.cluster.storage.storage import Storage
from settings.cluster.storage.web import WebStorage

_KNOWN_BY_RCLONE = ("http", "https", "claim")
"""Schemes whose server or claim is in the settings of rclone's remote, and not in its paths."""


def _scheme_of(storage: Storage) -> Scheme:
    if isinstance(storage, ObjectStorage):
        return S3(storage)
    if isinstance(storage, GoogleStorage):
        return GoogleCloudStorage(storage)
    if isinstance(storage, AzureStorage):
        return AzureBlobStorage(storage)
    return Web(storage) if isinstance(storage, WebStorage) else Claim(storage)


def remote_path(uri: str) -> str:
    """What rclone calls the folder ``s3://bucket/path``, or ``https://host/path``."""
    scheme, _, place = uri.partition("://")
    return f"{REMOTE}:{place.partition('/')[2] if scheme in _KNOWN_BY_RCLONE else place}"


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
    volumes = [credentials] if credentials else []
    if not scheme.authority:
        return volumes
    authority = core.v1.ConfigMapVolumeSourceArgs(
        name=scheme.authority, items=[core.v1.KeyToPathArgs(key=AUTHORITY_FILE, path=AUTHORITY_FILE)]
    )
    return [*volumes, core.v1.VolumeArgs(name=AUTHORITY_VOLUME, config_map=authority)]


def storage_mounts(storage: Storage) -> Sequence[core.v1.VolumeMountArgs]:
    """The mounts of :func:`storage_volumes`."""
    scheme = _scheme_of(storage)
    directories = dict([scheme.mount]) if scheme.credentials_volume(None) else {}
    if scheme.authority:
        directories[AUTHORITY_VOLUME] = AUTHORITY_DIRECTORY
    return [
        core.v1.VolumeMountArgs(name=name, mount_path=directory, read_only=True)
        for name, directory in directories.items()
    ]


def to_storage(storage: Storage) -> list[networking.v1.NetworkPolicyEgressRuleArgs]:
    """The ways out to object storage and to who gives out its credentials, and to nothing else."""
    return [rule for place in storage.places for rule in _ways_to(place)]


def _ways_to(place: StoragePlace) -> Iterator[networking.v1.NetworkPolicyEgressRuleArgs]:
    if place.cidrs:
        peers = address_peers(place.cidrs)
        yield networking.v1.NetworkPolicyEgressRuleArgs(to=peers, ports=tcp_ports(place.port))
    if pods := place.serving_pods:
        # Network plug-ins see the port of the Service or that of the pods behind it.
        ports = dict.fromkeys([place.port, pods.port or place.port])
        peers = [namespace_peer(pods.namespace, pods.labels)]
        yield networking.v1.NetworkPolicyEgressRuleArgs(to=peers, ports=tcp_ports(*ports))
