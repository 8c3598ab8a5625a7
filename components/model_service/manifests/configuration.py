"""The configuration files that a model server reads at startup."""

from pulumi_kubernetes import core

from components.metadata import configuration_digest, object_metadata
from components.model_service.args import ServedVersion

_VOLUME = "configuration"


def config_map(served: ServedVersion) -> core.v1.ConfigMapInitArgs:
    """The runtime's configuration files for this version."""
    return core.v1.ConfigMapInitArgs(
        metadata=object_metadata(_name(served), served.args.namespace, labels=served.labels),
        data=dict(served.server.files),
    )


def digest(served: ServedVersion) -> str:
    """What the version's pods carry of the files."""
    return configuration_digest(served.server.files)


def volume(served: ServedVersion) -> core.v1.VolumeArgs:
    """The files as a volume of the pod."""
    return core.v1.VolumeArgs(name=_VOLUME, config_map=core.v1.ConfigMapVolumeSourceArgs(name=_name(served)))


def mount(served: ServedVersion) -> core.v1.VolumeMountArgs:
    """The mount of :func:`volume`."""
    return core.v1.VolumeMountArgs(name=_VOLUME, mount_path=served.server.configuration_directory, read_only=True)


def _name(served: ServedVersion) -> str:
    return f"{served.name}-config"
