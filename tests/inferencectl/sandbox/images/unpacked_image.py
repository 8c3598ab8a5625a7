"""An image in a directory, and its containers without a container engine: for tests."""

import json
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TMP_BYTES = "64m"


@dataclass(frozen=True, kw_only=True)
class UnpackedImage:
    """The root file system of an image, and the object `config` of its configuration."""

    root: Path
    config: Mapping[str, Any]

    def run(self, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Runs a command as pods run it: the image's user, a read-only root, a writable /tmp, no network."""
        return subprocess.run(self.started(*command), check=False, capture_output=True, text=True, **options)

    def started(self, *command: str) -> list[str]:
        """The command that starts `command` so, with namespaces of its own; it ends with its parent."""
        user = self.config.get("User", "")
        setup = (
            'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && '
            f'mount -t tmpfs -o size={TMP_BYTES} tmp "$0/tmp" && mount -t proc proc "$0/proc" && '
            'mount -t tmpfs dev "$0/dev" && mknod -m 666 "$0/dev/null" c 1 3 && mkdir "$0/dev/shm" && '
            'mknod -m 666 "$0/dev/urandom" c 1 9 && mount -t tmpfs shm "$0/dev/shm" && ip link set lo up; '
            'exec chroot "$0" setpriv --reuid "$1" --regid "$1" --clear-groups --bounding-set=-all --no-new-privs '
            '--inh-caps=-all -- env -i "${@:2}"'
        )
        isolation = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"]
        uid = user.partition(":")[0] or "0"
        environment = self.config.get("Env", [])
        return [*isolation, "bash", "-c", setup, str(self.root), uid, *environment, *command]


def unpacked(archive: Path, directory: Path) -> UnpackedImage:
    """Unpacks all layers of an OCI archive into `directory`, as a container engine would."""
    root = directory / "root"
    root.mkdir(parents=True)
    with tarfile.open(archive) as tar:
        index = _document(tar, "index.json")
        manifest = _blob(tar, index["manifests"][0]["digest"])
        if "manifests" in manifest:
            manifest = _blob(tar, manifest["manifests"][0]["digest"])
        for layer in manifest["layers"]:
            blob = directory / "layer"
            with tar.extractfile(_path(layer["digest"])) as stream, blob.open("wb") as copy:  # pyright: ignore[reportOptionalContextManager]
                while chunk := stream.read(1024 * 1024):
                    copy.write(chunk)
            subprocess.run(["tar", "-x", "--numeric-owner", "-p", "-f", str(blob), "-C", str(root)], check=True)
            blob.unlink()
            _remove_hidden(root)
        return UnpackedImage(root=root, config=_blob(tar, manifest["config"]["digest"])["config"])


def _remove_hidden(root: Path) -> None:
    for marker in root.rglob(".wh.*"):
        hidden = marker.with_name(marker.name.removeprefix(".wh."))
        subprocess.run(["rm", "-rf", str(hidden), str(marker)], check=True)


def _path(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _blob(tar: tarfile.TarFile, digest: str) -> dict[str, Any]:
    return _document(tar, _path(digest))


def _document(tar: tarfile.TarFile, name: str) -> dict[str, Any]:
    stream = tar.extractfile(name)
    assert stream is not None
    return json.load(stream)
