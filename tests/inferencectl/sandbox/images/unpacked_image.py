"""An image in a directory, and its containers without a container engine: for tests."""

import json
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SETUP = """
root=$0 user=$1 shared=$2
shift 2
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mount -t proc proc "$root/proc"
mount -t tmpfs dev "$root/dev"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/urandom" c 1 9
mkdir "$root/dev/shm"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
[ -z "$shared" ] || { mkdir -p "$root$shared" && mount --bind "$shared" "$root$shared"; }
ip link set lo up
confined="--clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs"
exec chroot "$root" setpriv --reuid "$user" --regid "$user" $confined -- env -i "${@}"
"""


@dataclass(frozen=True, kw_only=True)
class UnpackedImage:
    """The root file system of an image, and the object `config` of its configuration."""

    root: Path
    config: Mapping[str, Any]

    def run(self, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end, as `started` says."""
        return subprocess.run(self.started(*command, **options), check=False, capture_output=True, text=True)

    def started(
        self,
        *command: str,
        shared: Path | None = None,
        network: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> list[str]:
        """The command that runs `command` as pods do: the image's user, no capabilities, a read-only root.

        Only `/tmp` can be written, and the directory `shared`, which is at the same path inside. It has namespaces of
        its own, of the network as well unless `network` is set, and ends with its parent.
        """
        isolation = ["unshare", "--mount", "--pid", "--fork", "--kill-child", *([] if network else ["--net"])]
        user = self.config.get("User", "").partition(":")[0] or "0"
        variables = [*self.config.get("Env", []), *(f"{name}={value}" for name, value in (environment or {}).items())]
        setup = ["bash", "-euc", _SETUP, str(self.root), user, str(shared or "")]
        return [*isolation, *setup, *variables, *command]


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
