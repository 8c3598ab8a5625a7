"""The digests of ``images.lock``, asked of the registries: ``python -m scripts.image_lock`` writes the file anew."""

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
ANSWER_SECONDS = 60
READABLE_BY_ALL = 0o644


def lock_images(images: Iterable[Image], path: Path, crane: Path, progress: Callable[[str], None]) -> None:
    """Write the digest of each of ``images`` to the lock file at ``path``, in the form that `versions.read_lock` reads.

    Images that are not among them leave the file. The digest of an image for several platforms is that of its index.

    Raises:
        SandboxError: a registry did not give one of the digests; the file is as it was.
    """
    entries = {}
    for image in dict.fromkeys(images):
        progress(f"asking for the digest of {image}")
        entries[str(image)] = {"digest": _digest(image, crane), "source": SOURCE}
    text = json.dumps(entries, indent=2, sort_keys=True)
    write_atomically(path, f"{text}\n", mode=READABLE_BY_ALL)


def ensure_crane(progress: Callable[[str], None]) -> Path:
    """The registry client, built where the user's cache lacks it (about a minute); raises SandboxError."""
    return toolchain.ensure_tool(CRANE, progress) / "crane"


def main() -> None:
    """Lock every image of versions.py; exits with the error's code and one message where that fails."""
    try:
        lock_images(locked_images(), IMAGE_LOCK, ensure_crane(_say), _say)
    except SandboxError as error:
        _say(f"error: {error}")
        sys.exit(error.exit_code)
    _say(f"wrote {IMAGE_LOCK.name}")


def _digest(image: Image, crane: Path) -> str:
    try:
        answer = subprocess.run(
            [crane, "digest", str(image)], check=True, capture_output=True, text=True, timeout=ANSWER_SECONDS
        )
    except subprocess.CalledProcessError as error:
        raise _unknown(image, error.stderr.strip().rpartition("\n")[2].removeprefix("Error: ")) from error
    except subprocess.TimeoutExpired as error:
        raise _unknown(image, f"{image.registry} did not answer within {ANSWER_SECONDS} s") from error
    return answer.stdout.strip()


def _unknown(image: Image, reason: str) -> SandboxError:
    return SandboxError(
        f"{image} has no known digest: {reason}",
        f"Run this where {image.registry} can be reached and has the image; the lock file is as it was.",
    )


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
