"""The digests of ``images.lock``; ``python -m scripts.image_lock`` queries the registries and rewrites the file."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from inferencectl.sandbox.toolchain import toolchain
from inferencectl.sandbox.toolchain.go_tool import GoTool
from inferencectl.workspace.errors import SandboxError
from inferencectl.workspace.files import write_atomically
from versions import IMAGE_LOCK, Image, locked_images

CRANE = GoTool(name="crane", module="github.com/google/go-containerregistry", disk_mib=300)
SOURCE = "registry"
RESPONSE_SECONDS = 60
READABLE_BY_ALL = 0o644


def lock_images(images: Iterable[Image], path: Path, crane: Path, progress: Callable[[str], None]) -> None:
    """Write the digests of ``images`` to the lock file at ``path``, in the form that `versions.read_lock` reads.

    Other images are removed from the file. The digest of a multi-platform image is that of its index.

    Raises:
        SandboxError: a digest could not be obtained. The file is then unchanged.
    """
    entries = {}
    for image in dict.fromkeys(images):
        progress(f"resolving the digest of {image}")
        entries[str(image)] = {"digest": _digest(image, crane), "source": SOURCE}
    text = json.dumps(entries, indent=2, sort_keys=True)
    write_atomically(path, f"{text}\n", mode=READABLE_BY_ALL)


def ensure_crane(progress: Callable[[str], None]) -> Path:
    """The path of the registry client, which is built if it is not in the user's cache (about a minute).

    Raises:
        SandboxError: it could not be built.
    """
    return toolchain.ensure_tool(CRANE, progress) / "crane"


def main() -> None:
    """Lock every image in versions.py; on failure, print one message and exit with the error's code."""
    try:
        lock_images(locked_images(), IMAGE_LOCK, ensure_crane(_print), _print)
    except SandboxError as error:
        _print(f"error: {error}")
        sys.exit(error.exit_code)
    _print(f"wrote {IMAGE_LOCK.name}")


def _digest(image: Image, crane: Path) -> str:
    try:
        answer = subprocess.run(
            [crane, "digest", str(image)], check=True, capture_output=True, text=True, timeout=RESPONSE_SECONDS
        )
    except subprocess.CalledProcessError as error:
        raise _unresolved(image, error.stderr.strip().rpartition("\n")[2].removeprefix("Error: ")) from error
    except subprocess.TimeoutExpired as error:
        raise _unresolved(image, f"{image.registry} did not respond within {RESPONSE_SECONDS} s") from error
    return answer.stdout.strip()


def _unresolved(image: Image, reason: str) -> SandboxError:
    return SandboxError(
        f"cannot resolve the digest of {image}: {reason}",
        f"Run this with access to {image.registry}; the lock file is unchanged.",
    )


def _print(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
