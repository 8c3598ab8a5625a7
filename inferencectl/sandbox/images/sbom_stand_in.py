#!/usr/bin/python3
"""A stand-in for syft in images that are made on the machine: `syft scan … --output spdx-json=FILE`.

It lists Debian's packages and Python's, by what they state about themselves, and says in the file what it is.
Other programs, such as those of Go, are not in its list.
"""

import datetime
import json
import re
import sys
import uuid
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

TOOL = "inference-sandbox stand-in for syft (Debian and Python packages only)"
STATUS = Path("var/lib/dpkg/status")
NOT_SEARCHED = frozenset({"dev", "proc", "sys"})


def packages(root: Path) -> Iterator[tuple[str, str, str]]:
    """Kind (`deb` or `pypi`), name and version of every package below `root`."""
    status = root / STATUS
    for paragraph in status.read_text(encoding="utf-8").split("\n\n") if status.exists() else ():
        fields = HeaderParser().parsestr(paragraph)
        if " installed" in fields.get("Status", ""):
            yield "deb", fields["Package"], fields["Version"]
    for top in sorted(root.iterdir()):
        if top.is_dir() and not top.is_symlink() and top.name not in NOT_SEARCHED:
            for metadata in sorted(top.rglob("*.dist-info/METADATA")):
                fields = HeaderParser().parsestr(metadata.read_text(encoding="utf-8", errors="replace"))
                yield "pypi", fields["Name"], fields["Version"]


def document(root: Path) -> dict[str, Any]:
    """The bill of materials of `root` in the form of SPDX 2.3."""
    found = sorted(set(packages(root)))
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": str(root),
        "documentNamespace": f"https://inference.local/spdx/{uuid.uuid4()}",
        "creationInfo": {
            "created": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": [f"Tool: {TOOL}"],
        },
        "packages": [
            {
                "SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.]", "-", f"{kind}-{name}-{version}"),
                "name": name,
                "versionInfo": version,
                "downloadLocation": "NOASSERTION",
                "externalRefs": [
                    {
                        "referenceCategory": "PACKAGE-MANAGER",
                        "referenceType": "purl",
                        "referenceLocator": f"pkg:{kind}{'/debian' if kind == 'deb' else ''}/{name}@{version}",
                    }
                ],
            }
            for kind, name, version in found
        ],
    }


def main(arguments: list[str]) -> None:
    """Writes the file that the option `--output` names."""
    output = arguments[arguments.index("--output") + 1]
    file = Path(output.removeprefix("spdx-json="))
    file.write_text(json.dumps(document(Path("/")), indent=1), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
