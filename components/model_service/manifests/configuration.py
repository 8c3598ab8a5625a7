"""The files that a model server reads at its start."""

import hashlib
import json

from pulumi_kubernetes import core

from components.metadata import object_metadata
from components.model_service.args import ServedVersion

_VOLUME = "configuration"


def config_map(served: ServedVersion) -> core.v1.ConfigMapInitArgs:
    """The runtime's files for this version."""
    return core.v1.ConfigMapInitArgs(
        metadata=object_metadata(_name(served), served.args.namespace, labels=served.labels),
        data=dict(served.server.files),
    )


def digest(served: ServedVersion) -> str:
    """SHA-256 of the files: pods that carry it are replaced when a file changes, since servers read them only once."""
    return hashlib.sha256(json.dumps(dict(served.server.files), sort_keys=True).encode()).hexdigest()


def volume(served: ServedVersion) -> core.v1.VolumeArgs:
    """The files as a volume of the pod."""
    return core.v1.VolumeArgs(name=_VOLUME, config_map=core.v1.ConfigMapVolumeSourceArgs(name=_name(served)))


def mount(served: ServedVersion) -> core.v1.VolumeMountArgs:
    """The mount of :func:`volume`."""
    return core.v1.VolumeMountArgs(name=_VOLUME, mount_path=served.server.configuration_directory, read_only=True)


def _name(served: ServedVersion) -> str:
    return f"{served.name}-config"
