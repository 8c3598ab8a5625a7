"""Ruby, as a collector has it: the machine's, or Debian's in a directory of its own."""

import shutil
from collections.abc import Callable

from inferencectl.sandbox.images.cached import cache_directory
from inferencectl.sandbox.images.debian import DebianRoot

_ROOT = DebianRoot(name="ruby", packages=("ruby",))
BYTES = "-Eascii-8bit:ascii-8bit"
"""Every text is bytes, as in Fluentd's workers."""


def ruby_command(progress: Callable[[str], None]) -> list[str]:
    """What Ruby is started with; made if it is neither on the machine nor in the cache.

    In a directory of its own it sees no file of the machine's: what it needs comes by standard input.
    """
    if shutil.which("ruby"):
        return ["ruby", BYTES]
    return ["chroot", str(_ROOT.directory(cache_directory(), progress)), "ruby", BYTES]
