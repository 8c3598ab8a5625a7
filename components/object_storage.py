"""How a pod reaches object storage: rclone's remote, the credentials, and the way through the network."""

from collections.abc import Mapping, Sequence

from pulumi_kubernetes import core, networking

from components.network_peers import address_peers, tcp_ports
from settings import ObjectStorage
from settings.cluster.storage_identity import StorageIdentity

_REMOTE = "storage"  # rclone reads a remote of this name from RCLONE_CONFIG_STORAGE_*
_CREDENTIALS_VOLUME = "storage-credentials"
_CREDENTIALS_DIRECTORY = "/storage-credentials"
_TOKEN_FILE = "token"  # noqa: S105 - the name of the file
_TOKEN_SECONDS = 3600
_READABLE_BY_GROUP = 0o440
_AUTHORITY_VOLUME = "storage-authority"
_AUTHORITY_DIRECTORY = "/storage-authority"
_AUTHORITY_FILE = "ca.crt"
_AUTHORITY_PATH = f"{_AUTHORITY_DIRECTORY}/{_AUTHORITY_FILE}"


def remote_path(uri: str) -> str:
    """What rclone calls the folder ``s3://bucket/path``."""
    return f"{_REMOTE}:{uri.removeprefix('s3://')}"


def remote_environment(storage: ObjectStorage, role: str | None = None) -> Mapping[str, str]:
    """The settings of rclone's remote, read as ``role``, or as that of the storage's identity, if it has one.

    Source: https://rclone.org/s3/ and https://rclone.org/docs/#environment-variables
    """
    prefix = f"RCLONE_CONFIG_{_REMOTE.upper()}"
    return {
        "CREDENTIALS_DIRECTORY": _CREDENTIALS_DIRECTORY,
        f"{prefix}_TYPE": "s3",
        f"{prefix}_PROVIDER": "Other" if storage.endpoint else "AWS",
        f"{prefix}_REGION": storage.region,
        **({f"{prefix}_ENDPOINT": str(storage.endpoint)} if storage.endpoint else {}),
        **({"RCLONE_CA_CERT": _AUTHORITY_PATH} if storage.ca_config_map else {}),
        **(_role_environment(storage, storage.identity, role) if storage.identity else {}),
    }


def _role_environment(storage: ObjectStorage, identity: StorageIdentity, role: str | None) -> Mapping[str, str]:
    """How AWS's SDK, which is in rclone, takes a role. rclone's own certificates do not reach its token service.

    Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
    """
    own_service = {"AWS_ENDPOINT_URL_STS": str(identity.endpoint)} if identity.endpoint else {}
    is_private = identity.endpoint and storage.ca_config_map
    return {
        f"RCLONE_CONFIG_{_REMOTE.upper()}_ENV_AUTH": "true",
        "AWS_ROLE_ARN": role or identity.role,
        "AWS_WEB_IDENTITY_TOKEN_FILE": f"{_CREDENTIALS_DIRECTORY}/{_TOKEN_FILE}",
        "AWS_REGION": storage.region,
        # Nodes have an identity as well, which is nobody's here.
        "AWS_EC2_METADATA_DISABLED": "true",
        **own_service,
        **({"AWS_CA_BUNDLE": _AUTHORITY_PATH} if is_private else {}),
    }


def storage_volumes(storage: ObjectStorage, secret_name: str | None = None) -> Sequence[core.v1.VolumeArgs]:
    """What rclone reads from files: keys or a token, and the certificates of a private authority.

    The keys are those in the Secret ``secret_name``, if the storage has not one for all.
    """
    identity, keys = storage.identity, secret_name or storage.credentials_secret
    credentials = _token_volume(identity) if identity else _credentials_volume(str(keys))
    if not storage.ca_config_map:
        return [credentials]
    authority = core.v1.ConfigMapVolumeSourceArgs(
        name=storage.ca_config_map, items=[core.v1.KeyToPathArgs(key=_AUTHORITY_FILE, path=_AUTHORITY_FILE)]
    )
    return [credentials, core.v1.VolumeArgs(name=_AUTHORITY_VOLUME, config_map=authority)]


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


def _token_volume(identity: StorageIdentity) -> core.v1.VolumeArgs:
    """A token of the pod's ServiceAccount, which the kubelet renews: the Kubernetes API does not take it."""
    token = core.v1.ServiceAccountTokenProjectionArgs(
        audience=identity.audience, expiration_seconds=_TOKEN_SECONDS, path=_TOKEN_FILE
    )
    source = core.v1.ProjectedVolumeSourceArgs(
        default_mode=_READABLE_BY_GROUP, sources=[core.v1.VolumeProjectionArgs(service_account_token=token)]
    )
    return core.v1.VolumeArgs(name=_CREDENTIALS_VOLUME, projected=source)


def to_storage(storage: ObjectStorage) -> list[networking.v1.NetworkPolicyEgressRuleArgs]:
    """The ways out to object storage and to who gives out its credentials, and to nothing else."""
    places = [storage, *([storage.identity] if storage.identity else [])]
    return [
        networking.v1.NetworkPolicyEgressRuleArgs(to=address_peers(place.cidrs), ports=tcp_ports(place.port))
        for place in places
    ]
