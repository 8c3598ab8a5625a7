"""How a pod reaches object storage: rclone's remote, what it proves who it is with, and the way through the network."""

from components.object_storage.remote import (
    remote_environment,
    remote_path,
    remote_script,
    storage_mounts,
    storage_volumes,
    to_storage,
)

__all__ = [
    "remote_environment",
    "remote_path",
    "remote_script",
    "storage_mounts",
    "storage_volumes",
    "to_storage",
]
