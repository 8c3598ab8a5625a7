#!/usr/bin/python3
"""runc for builds: every RUN finds the machine's pip configuration, and no layer keeps any of it.

The directory is mounted below /dev, which is not part of the image. BuildKit itself could only pass secrets, for
which a Dockerfile must ask.
"""

import json
import os
import sys
from pathlib import Path

RUNC = "/usr/sbin/runc"
CONFIGURATION = "/build/pip"
MOUNTED = "/dev/inference-pip"


def main(arguments: list[str]) -> None:
    """Does not return."""
    if "--bundle" in arguments:
        file = Path(arguments[arguments.index("--bundle") + 1], "config.json")
        config = json.loads(file.read_text(encoding="utf-8"))
        config["process"]["env"].append(f"PIP_CONFIG_FILE={MOUNTED}/pip.conf")
        mount = {"destination": MOUNTED, "type": "bind", "source": CONFIGURATION, "options": ["rbind", "ro"]}
        config["mounts"].append(mount)
        file.write_text(json.dumps(config), encoding="utf-8")
    os.execv(RUNC, ["runc", *arguments])  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
